package dev.renderfleet.worker.job;

import java.time.Duration;

/** Waiting, injected so that no test sleeps. */
@FunctionalInterface
public interface Pause {

    /** Waits; true when the time is over, false when the worker is leaving and the caller shall give its job back. */
    boolean pause(Duration wait);
}
