package dev.renderfleet.scheduler.store;

/** What became of a job at the door. */
public enum Arrival {
    /** Stored, and queued; also one that was canceled before. */
    ACCEPTED,
    /** The same job is stored and has no outcome yet: both share it. */
    JOINED,
    /** The same job has an outcome. */
    ENDED,
    /** Another job has that tenant and key. */
    CONFLICT
}
