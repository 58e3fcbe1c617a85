package dev.renderfleet.worker.providers.gemini;

import java.time.Duration;

/**
 * What an adapter accepts from the network before it gives an answer up.
 *
 * @param connectTimeout to open a connection, TLS included step by step; nothing has been sent then
 * @param pictureBytesMax decoded bytes of one picture
 * @param picturesMax pictures in one answer, drafts included
 * @param jsonBytesMax an answer without its pictures; also the longest single text in it
 */
public record GeminiLimits(Duration connectTimeout, long pictureBytesMax, int picturesMax, int jsonBytesMax) {

    /** A 4K PNG of pure noise is about 50 MB; complex prompts were seen to yield 10 pictures; texts are a few kilobytes. */
    public static final GeminiLimits DEFAULT =
            new GeminiLimits(Duration.ofSeconds(10), 64L * 1024 * 1024, 16, 4 * 1024 * 1024);
}
