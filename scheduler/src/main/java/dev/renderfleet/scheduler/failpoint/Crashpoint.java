package dev.renderfleet.scheduler.failpoint;

/** The points at which a leader may be killed; no promise may break. */
public enum Crashpoint {
    /** Requests and their offsets are committed. */
    INTAKE_COMMITTED,
    /** Flights are committed, their records not sent. */
    RELEASE_COMMITTED,
    /** Records are stored by Kafka, their flights not marked. */
    SENT_NOT_MARKED,
    /** Outcomes were read, nothing of them is committed. */
    SETTLE_BEGUN
}
