package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.Attempt;

/** Observes each completed call, for metrics. Called on the job's thread; must not block. */
@FunctionalInterface
public interface AttemptListener {

    /** Called after a call, successful or not. */
    void onAttempt(Attempt attempt, String provider);
}
