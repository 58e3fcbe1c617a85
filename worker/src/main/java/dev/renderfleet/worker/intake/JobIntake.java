package dev.renderfleet.worker.intake;

import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.wire.Decoded;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.worker.render.AcceptedJob;
import dev.renderfleet.worker.render.LineResult;
import dev.renderfleet.worker.render.RenderLine;
import dev.renderfleet.worker.settle.Delivery;
import dev.renderfleet.worker.settle.Settlement;
import io.smallrye.mutiny.Multi;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Flow;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/**
 * Takes records from {@code render.jobs}, each onto a virtual thread of its own, at most {@code window} unsettled ones at a time:
 * the window is the credit this subscriber gives to the channel, and the channel pauses the Kafka consumer when it runs out.
 */
public final class JobIntake {

    private static final Logger LOG = Logger.getLogger(JobIntake.class);

    /** Raw bytes of all records in hand; most are a kilobyte. */
    private static final long BYTES_HELD_MAX = 64L << 20;

    private final Multi<Message<byte[]>> records;
    private final JobCodec codec;
    private final RenderLine line;
    private final Settlement settlement;
    private final InstantSource clock;
    private final Window window;
    private final String priceTable;
    private final Runnable giveUp;
    private final Phaser running = new Phaser(1);

    /**
     * @param window records held at most
     * @param giveUp ends the process: called when a record cannot be handled at all, so that it is delivered again
     */
    public JobIntake(
            Multi<Message<byte[]>> records,
            JobCodec codec,
            RenderLine line,
            Settlement settlement,
            InstantSource clock,
            int window,
            String priceTable,
            Runnable giveUp) {
        this.records = records;
        this.codec = codec;
        this.line = line;
        this.settlement = settlement;
        this.clock = clock;
        this.window = new Window(window, BYTES_HELD_MAX);
        this.priceTable = priceTable;
        this.giveUp = giveUp;
    }

    /** Begins to take. Called once. */
    public void start() {
        records.subscribe().withSubscriber(new Subscriber());
    }

    /** Records taken and not yet settled. */
    public int held() {
        return window.held();
    }

    /** Takes nothing more; what arrives from now on stays unacknowledged, for another worker. */
    public void stopTaking() {
        window.close();
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
                case Decoded.Accepted accepted -> run(delivery, accepted);
                case Decoded.Refused refused -> settlement.refuse(delivery, refused);
            }
        } finally {
            MDC.clear();
        }
    }

    private void run(Delivery delivery, Decoded.Accepted accepted) {
        MDC.put("jobId", accepted.id().value());
        MDC.put("tenant", accepted.job().tenant());
        var job = new AcceptedJob(
                accepted.job(),
                accepted.id(),
                accepted.fingerprint(),
                delivery.coordinates(),
                delivery.timestamp(),
                clock.instant());
        switch (runSafely(job)) {
            case LineResult.Outcome(var event) -> settlement.announce(delivery, event);
            case LineResult.GivenBack() -> LOG.info("given back to another worker");
        }
    }

    /** A bug of ours must not block the partition: the job fails with a reference to the log. */
    private LineResult runSafely(AcceptedJob job) {
        try {
            return line.run(job);
        } catch (RuntimeException bug) {
            String reference = UUID.randomUUID().toString();
            LOG.errorf(bug, "a fault of the worker, reference %s", reference);
            return new LineResult.Outcome(new RenderFailed(
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

    private final class Subscriber implements Flow.Subscriber<Message<byte[]>> {

        @Override
        public void onSubscribe(Flow.Subscription upstream) {
            window.open(upstream);
        }

        @Override
        public void onNext(Message<byte[]> message) {
            int bytes = message.getPayload() == null ? 0 : message.getPayload().length;
            if (!window.take(bytes)) {
                return;
            }
            running.register();
            Thread.ofVirtual().name("job").start(() -> {
                try {
                    handle(Deliveries.of(message));
                } catch (Throwable fault) {
                    LOG.fatal(
                            "a record could not be handled; this worker ends so that the record is delivered again",
                            fault);
                    giveUp.run();
                } finally {
                    window.leave(bytes);
                    running.arriveAndDeregister();
                }
            });
        }

        @Override
        public void onError(Throwable failure) {
            LOG.error("the channel of jobs failed; this worker takes nothing more", failure);
        }

        @Override
        public void onComplete() {
            LOG.info("the channel of jobs is closed");
        }
    }
}
