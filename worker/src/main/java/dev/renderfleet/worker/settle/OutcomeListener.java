package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;

/** Receives settled outcomes, for metrics. Called on the job's thread or the settler's; must not block. */
public interface OutcomeListener {

    /** The event is committed. */
    void published(RenderEvent event);

    /** A record was rejected that names no job; it has a dead letter and no event. */
    void unattributed(FailureCode code);
}
