package dev.renderfleet.worker.storage;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * The wait between two attempts: random between nothing and a ceiling that doubles ("full jitter"), so that hundreds of
 * renders that met the same fault do not come back together.
 *
 * @param sleep lets the time pass
 * @param jitter a random number from 0 (inclusive) to 1 (exclusive), safe for use by many threads
 */
public record Backoff(Sleep sleep, DoubleSupplier jitter) {

    /** With the ceilings below an operation waits 3 s at most: longer outages are the caller's to sit out. */
    public static final int ATTEMPTS_MAX = 5;

    private static final Duration FIRST_CEILING = Duration.ofMillis(200);

    /** Waits before the attempt that follows attempt number {@code attemptsMade} (the first is 1). */
    void after(int attemptsMade) {
        var ceiling = FIRST_CEILING.multipliedBy(1L << (attemptsMade - 1));
        try {
            sleep.sleep(Duration.ofNanos((long) (ceiling.toNanos() * jitter.getAsDouble())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted between two attempts to reach the store", e);
        }
    }
}
