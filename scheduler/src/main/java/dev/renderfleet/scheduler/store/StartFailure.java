package dev.renderfleet.scheduler.store;

/** Why a job that waited is rejected: it can no longer start. */
public sealed interface StartFailure {

    /** Its deadline passed. */
    record Late() implements StartFailure {}

    /** A job that it needs ended without an image. */
    record NotCompleted(String jobId, JobState state) implements StartFailure {}

    /** A job that it needs is not known, and was waited for. */
    record NotHandedOver(String jobId) implements StartFailure {}

    /** It needs itself, through other jobs. */
    record Circular() implements StartFailure {}

    /** It needs more jobs than are looked through, directly and through others. */
    record TooMany(int max) implements StartFailure {}
}
