package dev.renderfleet.worker.storage;

import java.time.Duration;

/** Waits, injected so that no test sleeps. Safe for use by many threads. */
@FunctionalInterface
public interface Pause {

    /** Waits. True when the time is over; false when a drain or an interrupt ended the wait and the caller should give up. */
    boolean pause(Duration wait);
}
