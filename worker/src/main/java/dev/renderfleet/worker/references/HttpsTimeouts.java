package dev.renderfleet.worker.references;

import java.time.Duration;

/**
 * Time-outs of one reference.
 *
 * @param connect TCP and TLS, for each connection
 * @param readWrite longest wait for the next byte, OkHttp's read and write time-out
 * @param total from the first request to the last byte, over redirects
 */
public record HttpsTimeouts(Duration connect, Duration readWrite, Duration total) {

    public static final HttpsTimeouts DEFAULT =
            new HttpsTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(60));
}
