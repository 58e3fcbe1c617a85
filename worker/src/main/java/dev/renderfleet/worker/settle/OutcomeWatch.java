package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;

/** Events of what was announced, for metrics. Called on the job's thread; must not block. */
public interface OutcomeWatch {

    /** Kafka has the event. */
    void announced(RenderEvent event);

    /** A record was refused that names no job. */
    void unattributed(FailureCode code);
}
