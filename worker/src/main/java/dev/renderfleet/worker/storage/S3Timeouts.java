package dev.renderfleet.worker.storage;

import java.time.Duration;

/**
 * Time-outs of one attempt. An operation makes {@link Backoff#ATTEMPTS_MAX} attempts at most.
 *
 * @param connect TCP and TLS together
 * @param readWrite longest wait for the next byte, OkHttp's read and write time-out
 * @param smallCall a whole attempt to read, write or delete a small JSON object
 * @param fileCall a whole attempt to transfer a file
 */
public record S3Timeouts(Duration connect, Duration readWrite, Duration smallCall, Duration fileCall) {

    /** For a store in the same region; 20 MB take five minutes at 0.5 Mbit/s. */
    public static final S3Timeouts DEFAULT = new S3Timeouts(
            Duration.ofSeconds(5), Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofMinutes(5));
}
