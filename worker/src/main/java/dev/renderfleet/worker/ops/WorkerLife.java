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
 * The worker's life: check the bucket, take jobs, drain, leave. {@link #state} says at any time where it stands and why. Nothing
 * is taken from Kafka before the checks are passed; one that cannot be passed ends the process.
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

    /** Where a worker stands. */
    public sealed interface State {
        /** Takes no jobs yet, and why. */
        record Starting(String reason) implements State {}

        /** Takes jobs. */
        record Taking() implements State {}

        /** Takes jobs, but not those of some partitions, and why. */
        record Impaired(String reason) implements State {}

        /** Takes no more jobs. */
        record Leaving() implements State {}
    }

    /** Where the worker stands now. */
    public State state() {
        State now = state.get();
        Map<String, String> refused = stream.refused();
        return now instanceof State.Taking && !refused.isEmpty()
                ? new State.Impaired("not processed: " + refused)
                : now;
    }

    /**
     * Starts on a thread of its own; returns at once.
     *
     * @param firstReason why jobs are not taken yet, until the first check has its answer
     */
    public void start(String firstReason) {
        state.set(new State.Starting(firstReason));
        Thread.ofVirtual().name("worker-start").start(() -> {
            try {
                checkThenTake();
            } catch (Throwable fault) {
                LOG.fatal("this worker cannot start", fault);
                Quarkus.asyncExit(1);
            }
        });
    }

    private void checkThenTake() {
        while (!drain.hasBegun()) {
            switch (checks.run()) {
                case Result.Passed() -> {
                    handover.run();
                    take();
                    return;
                }
                case Result.Refused(var what, var remedy) -> {
                    LOG.fatalf("%s; %s", what, remedy);
                    state.set(new State.Starting(what));
                    Quarkus.asyncExit(1);
                    return;
                }
                case Result.NotYet(var reason) -> {
                    LOG.warnf("not taking jobs yet: %s", reason);
                    state.set(new State.Starting(reason));
                    drain.pause(CHECK_RETRY);
                }
            }
        }
    }

    /** Not beside {@link #leave}: a worker told to leave while it starts must not begin to take. */
    private void take() {
        lock.lock();
        try {
            if (!drain.hasBegun()) {
                stream.start();
                state.set(new State.Taking());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more jobs, finishes the renders in progress within {@code grace} and releases the rest. Blocks until done. */
    public void leave(Duration grace) throws InterruptedException {
        lock.lock();
        try {
            drain.begin();
            state.set(new State.Leaving());
        } finally {
            lock.unlock();
        }
        LOG.infof(
                "leaving: finishing %d renders, giving back the rest of %d jobs",
                capacity.slots().used(), channel.held());
        stream.stopTaking();
        capacity.close();
        if (channel.awaitEmpty(grace)) {
            LOG.info("all renders finished and announced");
        } else {
            LOG.warnf(
                    "%d renders were still running after %s; their claims expire",
                    capacity.slots().used(), grace);
        }
        stream.close();
    }
}
