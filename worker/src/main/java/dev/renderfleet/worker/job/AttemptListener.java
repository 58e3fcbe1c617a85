package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.Attempt;

/** Events of each finished call, for metrics. Called on the job's thread; must not block. */
@FunctionalInterface
public interface AttemptListener {

    /** A call has ended, whatever came of it. */
    void attempted(Attempt attempt, String provider);
}
