package dev.renderfleet.worker.inputs;

import dev.renderfleet.contracts.event.FailureCode;
import java.time.Duration;

/** Whether a job may be called as far as its parent is concerned. */
public sealed interface ParentState {

    /** The parent has completed, or the job has none. */
    record Ready() implements ParentState {}

    /** The parent has no outcome yet. */
    record Unfinished(Duration askAfter) implements ParentState {}

    /**
     * The job cannot be called. One reason covers parents that do not exist and those of other tenants.
     *
     * @param message for the producer
     */
    record Refused(FailureCode code, String field, String message) implements ParentState {}
}
