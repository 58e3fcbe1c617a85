package dev.renderfleet.worker.references;

/**
 * Bounds of reference pictures, independent of the lengths that headers claim.
 *
 * @param bytesMax of one picture
 * @param bytesPerJobMax of all pictures of a job together
 * @param pixelsMax width × height, as the header says
 * @param edgeMax width or height, in pixels
 */
public record ReferenceLimits(long bytesMax, long bytesPerJobMax, long pixelsMax, int edgeMax) {

    public static final ReferenceLimits DEFAULT =
            new ReferenceLimits(30L * 1024 * 1024, 100L * 1024 * 1024, 64_000_000, 16_384);
}
