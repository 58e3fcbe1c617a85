package dev.renderfleet.testbed.chaos;

/** The points of a job's life at which a worker can be told to die, in their order. The names are the worker's. */
enum FailpointName {
    TAKEN,
    CLAIMED,
    CALLING,
    ANSWERED,
    KEPT,
    STORED,
    ENDED,
    SENT,
    COMMITTING,
    SETTLED;

    /** All of them, as a command line names them: an annotation takes nothing that is computed. */
    static final String EACH = "TAKEN,CLAIMED,CALLING,ANSWERED,KEPT,STORED,ENDED,SENT,COMMITTING,SETTLED";
}
