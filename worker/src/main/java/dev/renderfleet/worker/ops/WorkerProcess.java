package dev.renderfleet.worker.ops;

import io.quarkus.runtime.Quarkus;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** What all parts of this process share: its unique name, clock, random numbers, sleep and exit. */
@Singleton
public final class WorkerProcess {

    private final String owner;
    private final Clock clock = Clock.systemUTC();
    private final RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();

    WorkerProcess(WorkerSettings config) {
        this.owner = config.worker().name().orElse("worker") + "/" + UUID.randomUUID();
    }

    /** Name of this process in group, ledger and logs, as {@code name/unique}. A restart has another, so its claims differ. */
    public String owner() {
        return owner;
    }

    public Clock clock() {
        return clock;
    }

    public RandomGenerator random() {
        return random;
    }

    /** Sleeps; false if the thread is interrupted. A shutdown does not shorten it. */
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
