package dev.renderfleet.contracts.job;

/**
 * What to do after a model call with an unknown outcome: the worker or the connection failed while the call may have been billed. On the
 * wire in lower case.
 */
public enum OnUnknown implements WireNamed {
    /** The model may be called again, within the worker's bounds and the job's budget. */
    RETRY,
    /**
     * No further call: the job fails with {@code unknown_outcome}, retryable, and the event has the possible cost. Publishing the job
     * again allows another call.
     */
    HOLD
}
