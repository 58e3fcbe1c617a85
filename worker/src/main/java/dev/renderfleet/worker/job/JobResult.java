package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.RenderEvent;

/** Result of running a job. */
public sealed interface JobResult {

    /**
     * The outcome, to be published before the record's offset is committed.
     *
     * @param record the record that led to it, as {@code topic/partition/offset}; it identifies the outcome, also when it is repeated
     */
    record Outcome(RenderEvent event, String record) implements JobResult {}

    /** No outcome, because of a drain or a reassignment: another worker processes the record. */
    record Released() implements JobResult {}
}
