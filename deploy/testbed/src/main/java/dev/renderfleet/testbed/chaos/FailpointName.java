package dev.renderfleet.testbed.chaos;

/** The worker's failpoints, in the order of a job's life. */
enum FailpointName {
    TAKEN,
    CLAIMED,
    CALLING,
    ACCEPTED,
    ANSWERED,
    KEPT,
    STORED,
    ENDED,
    SENT,
    COMMITTING,
    SETTLED;

    /** All of them as one option value; an annotation needs a constant. */
    static final String EACH = "TAKEN,CLAIMED,CALLING,ACCEPTED,ANSWERED,KEPT,STORED,ENDED,SENT,COMMITTING,SETTLED";
}
