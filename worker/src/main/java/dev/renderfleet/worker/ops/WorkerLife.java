package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.intake.JobIntake;
import dev.renderfleet.worker.intake.JobStream;
import dev.renderfleet.worker.job.Drain;
import dev.renderfleet.worker.job.Slots;
import dev.renderfleet.worker.limits.Pacing;
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
    private final Runnable endPredecessor;
    private final JobStream stream;
    private final JobIntake intake;
    private final Slots slots;
    private final Pacing pacing;
    private final Drain drain;
    private final Duration grace;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicReference<State> state =
            new AtomicReference<>(new State.Starting("nothing has been tried yet"));

    /** @param endPredecessor sees to what a dead process has left; done once the checks are passed, before jobs are taken */
    WorkerLife(
            StartChecks checks,
            Runnable endPredecessor,
            JobStream stream,
            JobIntake intake,
            Slots slots,
            Pacing pacing,
            Drain drain,
            Duration grace) {
        this.checks = checks;
        this.endPredecessor = endPredecessor;
        this.stream = stream;
        this.intake = intake;
        this.slots = slots;
        this.pacing = pacing;
        this.drain = drain;
        this.grace = grace;
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

    /** Starts on a thread of its own; returns at once. */
    public void start() {
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
                    endPredecessor.run();
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

    /** Takes no more, finishes what runs within the grace period, gives the rest back. Blocks until done. */
    public void leave() throws InterruptedException {
        lock.lock();
        try {
            drain.begin();
            state.set(new State.Leaving());
        } finally {
            lock.unlock();
        }
        LOG.infof("leaving: finishing %d renders, giving back the rest of %d jobs", slots.used(), intake.held());
        stream.stopTaking();
        pacing.leave();
        slots.close();
        if (intake.awaitEmpty(grace)) {
            LOG.info("all renders finished and announced");
        } else {
            LOG.warnf("%d renders were still running after %s; their claims expire", slots.used(), grace);
        }
        stream.close();
    }
}
