package dev.renderfleet.worker.providers;

/**
 * A provider's image models. One call of {@link #draw} is one call of the provider at most: adapters never retry.
 * Implementations are safe for use by many threads; each call blocks its (virtual) thread until the answer is whole.
 */
public interface ImageModel {

    /** The provider's name in the model catalogue and in configuration, such as {@code gemini}. */
    String provider();

    /**
     * Asks the model for one picture. Expected failures are values; an exception is a bug.
     * On interruption the call is given up and the answer is {@link FailureKind#UNKNOWN_OUTCOME}, or
     * {@link FailureKind#NOT_SENT} where provably nothing was sent; the thread stays interrupted.
     */
    ModelAnswer draw(DrawRequest request);
}
