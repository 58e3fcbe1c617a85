package dev.renderfleet.worker.ledger;

/** Who of those that have claimed jobs is still there. Safe for use by many threads. */
@FunctionalInterface
public interface Owners {

    /** Nothing is known of anybody: claims are good for their lease. */
    Owners UNKNOWN = _ -> Presence.UNKNOWN;

    /** Whether this owner is there, as of a moment after the question. Never throws. */
    Presence presence(String owner);

    /** What is known of an owner. */
    enum Presence {
        /** It is there, and its claims are good however long it takes. */
        PRESENT,
        /** It is dead, or cut off for so long that its jobs were given to others. */
        GONE,
        /** Nobody can tell just now. */
        UNKNOWN
    }
}
