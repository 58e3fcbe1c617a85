package dev.renderfleet.worker.limits;

/** How waiting at a model's gate ended. */
public sealed interface Entry {

    /** One call may be made now. The permit must be closed. */
    record Admitted(Permit permit) implements Entry {}

    /** The job's bound passed first; it holds nothing. */
    record TooLate() implements Entry {}

    /** The worker leaves, nobody needs the call, or the thread was interrupted; the job holds nothing. */
    record Leaving() implements Entry {}
}
