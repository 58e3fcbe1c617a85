package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;

/** Result of waiting for the permit to call a model. */
public sealed interface PermitResult {

    /** One call may be made now. The permit must be closed. */
    record Granted(Permit permit) implements PermitResult {}

    /** The job's deadline passed. The job holds neither permit nor slot. */
    record DeadlinePassed() implements PermitResult {}

    /** The provider has refused the account for as long as a job may wait. The job holds neither permit nor slot. */
    record AccountRefused(FailureCode reason) implements PermitResult {}

    /** The model is held for longer than the job waits. The job holds neither permit nor slot. */
    record HeldTooLong() implements PermitResult {}

    /** The worker shuts down, the job was reassigned or canceled, or the thread was interrupted. The job holds neither permit nor slot. */
    record Aborted() implements PermitResult {}
}
