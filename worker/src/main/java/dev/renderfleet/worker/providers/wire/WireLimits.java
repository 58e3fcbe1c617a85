package dev.renderfleet.worker.providers.wire;

import java.time.Duration;

/**
 * Bounds of a response.
 *
 * @param connectTimeout for TCP and for each step of TLS
 * @param pictureBytesMax decoded bytes of one picture
 * @param picturesMax pictures in one response, drafts included
 * @param jsonBytesMax a response without its pictures; also the longest string in it
 */
public record WireLimits(Duration connectTimeout, long pictureBytesMax, int picturesMax, int jsonBytesMax) {

    /** A 4K PNG of noise has about 50 MB; up to 10 pictures and some kilobytes of text were observed. */
    public static final WireLimits DEFAULT =
            new WireLimits(Duration.ofSeconds(10), 64L * 1024 * 1024, 16, 4 * 1024 * 1024);
}
