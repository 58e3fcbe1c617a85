package dev.renderfleet.worker.storage;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * Exponential backoff with full jitter between the attempts of one S3 operation.
 *
 * @param jitter yields numbers from 0 (inclusive) to 1 (exclusive), safe for use by many threads
 */
public record Backoff(Pause pause, DoubleSupplier jitter) {

    /** An operation waits 3 s at most in all; callers retry through longer outages. */
    public static final int ATTEMPTS_MAX = 5;

    private static final Duration FIRST_CEILING = Duration.ofMillis(200);

    /** Waits after attempt number {@code attempt}, from 1. Throws {@link StorageException} on interrupt. */
    void waitAfter(int attempt) {
        var ceiling = FIRST_CEILING.multipliedBy(1L << (attempt - 1));
        if (!pause.pause(Duration.ofNanos((long) (ceiling.toNanos() * jitter.getAsDouble())))) {
            throw new StorageException("interrupted between two attempts to reach the store", null);
        }
    }
}
