package dev.renderfleet.worker.limits;

/** The worker's places for renders that run. Safe for use by many threads. */
public interface SlotPort {

    /** How many there are in all, at least 1. */
    int count();

    /** Waits for a place; false, without a place, when the worker leaves or the thread was interrupted. */
    boolean enter();

    /** Gives the place back. Does not block. */
    void leave();
}
