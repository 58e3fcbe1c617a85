package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.RenderEvent;

/** Result of running a job. */
public sealed interface JobResult {

    /** The outcome, to be published before the record's offset is committed. */
    record Outcome(RenderEvent event) implements JobResult {}

    /** No outcome, because of a drain or a reassignment: another worker processes the record. */
    record Released() implements JobResult {}
}
