package dev.renderfleet.worker.ops;

import io.quarkus.runtime.Quarkus;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** What all parts of this process share: its unique name, its clock and its source of randomness; how it waits and how it ends. */
@Singleton
public final class WorkerProcess {

    private final String owner;
    private final Clock clock = Clock.systemUTC();
    private final RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();

    WorkerProcess(FleetConfig config) {
        this.owner = config.worker().name().orElse("worker") + "/" + UUID.randomUUID();
    }

    /** Names this process in group, ledger and logs, as {@code name/unique}; a restart has another, so that no claim is taken for its own. */
    public String owner() {
        return owner;
    }

    public Clock clock() {
        return clock;
    }

    public RandomGenerator random() {
        return random;
    }

    /** Waits for that long; false if the thread is interrupted. A shutdown of the worker does not shorten it. */
    public static boolean sleep(Duration wait) {
        try {
            Thread.sleep(wait);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Ends the process with exit code 1, after an orderly shutdown. Returns at once. */
    public static void giveUp() {
        Quarkus.asyncExit(1);
    }
}
