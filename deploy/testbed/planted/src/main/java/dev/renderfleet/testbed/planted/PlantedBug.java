package dev.renderfleet.testbed.planted;

/** A fault planted in a worker, one for each promise, to show that the judge sees it. Hits every tenth job, where no more is said. */
public enum PlantedBug {
    /** Settles the job without its event. */
    LOSE_OUTCOME,
    /** Publishes the job's event twice. */
    ANNOUNCE_TWICE,
    /** Publishes events and commits offsets outside of a transaction, always. Shows only where workers are killed. */
    NO_TRANSACTION,
    /** Calls the model twice. */
    CALL_TWICE,
    /** Stores the image with a byte changed. */
    DAMAGE_PICTURE,
    /** Publishes an image that was never stored. */
    SKIP_STORE,
    /** Publishes a failure beside the completion. */
    CONFLICTING_OUTCOME,
    /** Lets the job fail without a call. */
    FAIL_JOB,
    /** Leaves calls of unknown outcome out of events, always. Shows only where workers are killed or responses are spoilt. */
    HIDE_ATTEMPT,
    /**
     * At its start a worker does not look for paid images on its disk, always. Shows only where a single worker is killed: another could
     * take over its jobs before it restarts, and call again, as it may.
     */
    FORGET_SPOOL,
    /** Takes an image that was paid for as a free refusal. Shows as a wrong model only where jobs may fall back. */
    FORGET_BILL;

    private static final int ONE_IN = 10;

    /** Whether this is that bug, and hits the job. */
    boolean hits(PlantedBug bug, String job) {
        return this == bug && Math.floorMod(job.hashCode(), ONE_IN) == 0;
    }
}
