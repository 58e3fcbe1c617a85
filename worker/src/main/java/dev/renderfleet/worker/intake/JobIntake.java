package dev.renderfleet.worker.intake;

import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.job.AcceptedJob;
import dev.renderfleet.worker.job.JobResult;
import dev.renderfleet.worker.job.JobRunner;
import dev.renderfleet.worker.settle.Delivery;
import dev.renderfleet.worker.settle.Settlement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/**
 * Runs each record of {@code render.jobs} on a virtual thread of its own, from decoding to settling, and bounds how many are in hand.
 * Safe for use by many threads.
 */
public final class JobIntake {

    private static final Logger LOG = Logger.getLogger(JobIntake.class);

    /** Raw bytes of all records in hand; most are a kilobyte. */
    private static final long BYTES_HELD_MAX = 64L << 20;

    private final JobCodec codec;
    private final JobRunner line;
    private final Settlement settlement;
    private final InstantSource clock;
    private final Failpoints failpoints;
    private final Window window;
    private final String priceTable;
    private final Runnable giveUp;
    private final Phaser running = new Phaser(1);

    /**
     * @param window records held at most
     * @param giveUp ends the process: called when a record cannot be handled at all, so that it is delivered again
     */
    public JobIntake(
            JobCodec codec,
            JobRunner line,
            Settlement settlement,
            InstantSource clock,
            Failpoints failpoints,
            int window,
            String priceTable,
            Runnable giveUp) {
        this.codec = codec;
        this.line = line;
        this.settlement = settlement;
        this.clock = clock;
        this.failpoints = failpoints;
        this.window = new Window(window, BYTES_HELD_MAX);
        this.priceTable = priceTable;
        this.giveUp = giveUp;
    }

    /** Records taken and not yet settled. */
    public int held() {
        return window.held();
    }

    /** Asks for a place for a record of that size; false if there is none. What is reserved is taken or released. */
    boolean reserve(int recordBytes) {
        return window.enter(recordBytes);
    }

    /** Gives a reserved place back: the record needs none. */
    void release(int recordBytes) {
        window.leave(recordBytes);
    }

    /** Takes a reservation back that came to nothing; to those who wait for a place nothing has changed. */
    void cancel(int recordBytes) {
        window.cancel(recordBytes);
    }

    /** Waits until a place has become free since the last time this was true; false if none does within {@code max}. For one thread. */
    boolean awaitPlace(Duration max) throws InterruptedException {
        return window.awaitLeaving(max);
    }

    /** Runs a record for which a place is reserved; returns at once. */
    void take(Delivery delivery, int recordBytes) {
        running.register();
        Thread.ofVirtual().name("job").start(() -> {
            try {
                failpoints.at(Failpoint.TAKEN);
                handle(delivery);
            } catch (Throwable fault) {
                LOG.fatal(
                        "a record could not be handled; this worker ends so that the record is delivered again", fault);
                giveUp.run();
            } finally {
                window.leave(recordBytes);
                running.arriveAndDeregister();
            }
        });
    }

    /** Waits until each job in hand is settled or given back. False if that takes longer than {@code grace}. */
    public boolean awaitEmpty(Duration grace) throws InterruptedException {
        int phase = running.arriveAndDeregister();
        try {
            running.awaitAdvanceInterruptibly(phase, grace.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private void handle(Delivery delivery) {
        try {
            switch (codec.decode(delivery.value().array(), delivery.headers())) {
                case DecodedJob.Accepted accepted -> run(delivery, accepted);
                case DecodedJob.Refused refused -> settlement.reject(delivery, refused);
            }
        } finally {
            MDC.clear();
        }
    }

    private void run(Delivery delivery, DecodedJob.Accepted accepted) {
        MDC.put("jobId", accepted.id().value());
        MDC.put("tenant", accepted.job().tenant());
        var job = new AcceptedJob(
                accepted.job(),
                accepted.id(),
                accepted.fingerprint(),
                delivery.coordinates(),
                delivery.timestamp(),
                clock.instant(),
                delivery.assignment()::isRevoked);
        switch (runSafely(job)) {
            case JobResult.Outcome(var event) -> settlement.publish(delivery, event);
            case JobResult.Released() -> LOG.debug("given back to another worker");
        }
    }

    /** A bug of ours must not block the partition: the job fails with a reference to the log. */
    private JobResult runSafely(AcceptedJob job) {
        try {
            return line.run(job);
        } catch (RuntimeException bug) {
            String reference = UUID.randomUUID().toString();
            LOG.errorf(bug, "a fault of the worker, reference %s", reference);
            return new JobResult.Outcome(new RenderFailed(
                    job.ref(),
                    false,
                    FailureCode.INTERNAL,
                    true,
                    "a fault of the worker; its log has the reference " + reference,
                    null,
                    List.of(),
                    Usage.NONE,
                    new Cost(0, priceTable)));
        }
    }
}
