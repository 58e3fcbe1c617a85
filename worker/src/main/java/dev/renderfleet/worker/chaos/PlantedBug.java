package dev.renderfleet.worker.chaos;

/** Known misbehaviour, one for each promise, by which the fault harness shows that its auditor sees. */
public enum PlantedBug {
    /** Settles a job without its event. */
    LOSE_OUTCOME,
    /** Sends a job's event twice. */
    ANNOUNCE_TWICE,
    /** Sends events and commits offsets outside of any transaction. */
    NO_TRANSACTION,
    /** Calls the model twice for a job. */
    CALL_TWICE,
    /** Stores a picture with a byte changed. */
    DAMAGE_PICTURE,
    /** Announces a picture that was never stored. */
    SKIP_STORE,
    /** Announces a failure beside the completion. */
    CONFLICTING_OUTCOME,
    /** Lets a job fail without calling the model. */
    FAIL_JOB,
    /** Leaves calls of unknown outcome out of events. */
    HIDE_ATTEMPT,
    /** Does not look for the paid pictures that a dead process has left on this disk. */
    FORGET_SPOOL
}
