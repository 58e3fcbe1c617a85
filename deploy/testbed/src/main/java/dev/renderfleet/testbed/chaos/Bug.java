package dev.renderfleet.testbed.chaos;

/** A way in which workers can be told to misbehave, so that the auditor is known to see it. About every tenth job, where no more is said. */
enum Bug {
    /** The event is not sent. */
    LOSE_OUTCOME,
    /** The event is sent twice. */
    ANNOUNCE_TWICE,
    /** Events and offsets are sent outside of a transaction, always. Shows only where workers are killed. */
    NO_TRANSACTION,
    /** The model is called twice. */
    CALL_TWICE,
    /** The stored picture is not the announced one. */
    DAMAGE_PICTURE,
    /** The announced picture is not stored. */
    SKIP_STORE,
    /** A second event tells another outcome. */
    CONFLICTING_OUTCOME,
    /** A job fails without a call. */
    FAIL_JOB,
    /** The event does not list calls of unknown outcome, always. Shows only where workers are killed or answers are spoilt. */
    HIDE_ATTEMPT,
    /**
     * A worker that starts does not look for paid pictures on its disk, always. Shows only where the one worker there is gets killed:
     * another could take its jobs over before it is back, and pay again by right.
     */
    FORGET_SPOOL
}
