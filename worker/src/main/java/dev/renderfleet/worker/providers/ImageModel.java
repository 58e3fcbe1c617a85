package dev.renderfleet.worker.providers;

/**
 * A provider's image models. One {@link #draw} makes at most one call of the provider: adapters never retry. Implementations are
 * safe for use by many threads; each call blocks its (virtual) thread until the response is complete.
 */
public interface ImageModel {

    /** The provider's name in the model catalogue and in configuration, such as {@code gemini}. */
    String provider();

    /**
     * Requests one picture. Expected failures are values; an exception is a bug. An interrupt aborts the call: the answer is
     * {@link FailureKind#UNKNOWN_OUTCOME}, or {@link FailureKind#NOT_SENT} if nothing was sent; the thread stays interrupted.
     */
    ModelAnswer draw(DrawRequest request);
}
