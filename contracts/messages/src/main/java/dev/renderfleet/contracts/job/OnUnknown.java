package dev.renderfleet.contracts.job;

/**
 * What to do after a call of a model whose outcome is unknown: the worker died or the connection broke while the call may have been
 * billed. On the wire in lower case.
 */
public enum OnUnknown implements WireNamed {
    /** The job may be called again, within the worker's bounds and the job's budget. */
    RETRY,
    /**
     * Nothing more is spent without a decision: the job ends {@code failed} with {@code unknown_outcome}, retryable, and tells the
     * possible cost. Publishing the job again is the decision to call again.
     */
    HOLD
}
