package dev.renderfleet.worker.providers;

/**
 * A provider's image models, of either kind: the one answers at once, the other takes a task and is asked for it until it ends.
 * Implementations make at most one call that may be billed for each {@link #draw}, and never retry it. They are safe for use by many
 * threads; each call blocks its (virtual) thread. Expected failures are values; an exception is a bug.
 */
public interface ImageProvider {

    /** Whether a call is a task that outlives its worker: only then {@link #draw} uses its log and {@link #resume} is called. */
    default boolean hasTasks() {
        return false;
    }

    /**
     * Requests pictures and waits for them, {@link DrawRequest#timeout} at most. An interrupt aborts it: the answer is
     * {@link FailureKind#NOT_SENT} if nothing was sent, {@link ModelAnswer.StillRunning} if a task was accepted, else
     * {@link FailureKind#UNKNOWN_OUTCOME}; the thread stays interrupted.
     *
     * @param tasks gets the provider's task before the first wait for it
     */
    ModelAnswer draw(DrawRequest request, TaskLog tasks);

    /**
     * Asks when the model is switched off. Bills nothing.
     *
     * @param model the provider's id of the model
     */
    default ShutdownNotice shutdown(String model) {
        return new ShutdownNotice.None();
    }

    /**
     * Waits for a task that an earlier {@link #draw}, perhaps of another worker, began. Bills nothing, unless the provider does not know
     * the task since the draw never submitted it (ADR 31).
     *
     * @param task as in the log
     * @param request as for the draw, without references; its time-out is what is left of the draw's
     */
    default ModelAnswer resume(String task, DrawRequest request) {
        throw new IllegalStateException(getClass().getSimpleName() + " has no tasks");
    }
}
