package dev.renderfleet.worker.storage;

import java.time.Duration;

/**
 * How long one attempt may take. An operation makes {@link Backoff#ATTEMPTS_MAX} attempts at most.
 *
 * @param connect TCP and TLS together
 * @param silence the longest wait for the next byte to be read or written
 * @param smallCall the whole of an attempt that reads or writes a small JSON object, or deletes
 * @param fileCall the whole of an attempt that moves a file
 */
public record S3Timeouts(Duration connect, Duration silence, Duration smallCall, Duration fileCall) {

    /** For a store in the same region: a file of 20 MB still passes at 0.5 Mbit/s. */
    public static final S3Timeouts DEFAULT = new S3Timeouts(
            Duration.ofSeconds(5), Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofMinutes(5));
}
