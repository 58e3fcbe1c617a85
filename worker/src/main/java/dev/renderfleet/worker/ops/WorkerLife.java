package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.intake.JobChannel;
import dev.renderfleet.worker.intake.JobStream;
import dev.renderfleet.worker.job.Capacity;
import dev.renderfleet.worker.job.Drain;
import dev.renderfleet.worker.ops.StartChecks.Result;
import io.quarkus.runtime.Quarkus;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * Starts and shuts down a worker. Nothing is consumed before the start checks have passed; a check that cannot pass ends the process.
 * {@link #state} is safe for use by many threads.
 */
public final class WorkerLife {

    private static final Logger LOG = Logger.getLogger(WorkerLife.class);
    private static final Duration CHECK_RETRY = Duration.ofSeconds(2);

    private final StartChecks checks;
    private final Handover handover;
    private final JobStream stream;
    private final JobChannel channel;
    private final Capacity capacity;
    private final Drain drain;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicReference<State> state = new AtomicReference<>(new State.Starting("not started yet"));

    WorkerLife(
            StartChecks checks,
            Handover handover,
            JobStream stream,
            JobChannel channel,
            Capacity capacity,
            Drain drain) {
        this.checks = checks;
        this.handover = handover;
        this.stream = stream;
        this.channel = channel;
        this.capacity = capacity;
        this.drain = drain;
    }

    /** State of a worker. */
    public sealed interface State {
        /** Consumes no jobs yet. */
        record Starting(String reason) implements State {}

        /** Consumes jobs. */
        record Consuming() implements State {}

        /** Consumes jobs, but not those of some partitions. */
        record Impaired(String reason) implements State {}

        /** Consumes no more jobs. */
        record Draining() implements State {}
    }

    /** The present state. */
    public State state() {
        State now = state.get();
        Map<String, String> refused = stream.refused();
        return now instanceof State.Consuming && !refused.isEmpty()
                ? new State.Impaired("not processed: " + refused)
                : now;
    }

    /**
     * Starts on a thread of its own; returns at once.
     *
     * @param firstReason why no jobs are consumed, until the first check has its answer
     */
    public void start(String firstReason) {
        state.set(new State.Starting(firstReason));
        Thread.ofVirtual().name("worker-start").start(() -> {
            try {
                checkThenConsume();
            } catch (Throwable fault) {
                LOG.fatal("this worker cannot start", fault);
                Quarkus.asyncExit(1);
            }
        });
    }

    private void checkThenConsume() {
        while (!drain.hasBegun()) {
            switch (checks.run()) {
                case Result.Passed() -> {
                    handover.run();
                    consume();
                    return;
                }
                case Result.Refused(var what, var remedy) -> {
                    LOG.fatalf("%s; %s", what, remedy);
                    state.set(new State.Starting(what));
                    Quarkus.asyncExit(1);
                    return;
                }
                case Result.NotYet(var reason) -> {
                    if (!new State.Starting(reason).equals(state.getAndSet(new State.Starting(reason)))) {
                        LOG.warnf("no jobs consumed yet, reason=%s", reason);
                    }
                    drain.pause(CHECK_RETRY);
                }
            }
        }
    }

    /** Excludes {@link #shutDown}: after that nothing may start. */
    private void consume() {
        lock.lock();
        try {
            if (!drain.hasBegun()) {
                stream.start();
                state.set(new State.Consuming());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Finishes the renders in progress within {@code grace} and releases the rest. Blocks until done. */
    public void shutDown(Duration grace) throws InterruptedException {
        lock.lock();
        try {
            drain.begin();
            state.set(new State.Draining());
        } finally {
            lock.unlock();
        }
        LOG.infof("shutting down, renders=%d jobs=%d", capacity.slots().used(), channel.held());
        stream.stopConsuming();
        capacity.close();
        if (channel.awaitEmpty(grace)) {
            LOG.info("all renders finished and published");
        } else {
            LOG.warnf(
                    "renders not finished in time, their claims expire, renders=%d grace=%s",
                    capacity.slots().used(), grace);
        }
        stream.close();
    }
}
