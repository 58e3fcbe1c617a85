package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.RenderEvent;

/** How a job left the line. */
public sealed interface JobResult {

    /** It has an outcome, which must be announced before its record is acknowledged. */
    record Outcome(RenderEvent event) implements JobResult {}

    /** The worker is leaving and the job has not been started, or waits between attempts: another worker shall have its record. */
    record GivenBack() implements JobResult {}
}
