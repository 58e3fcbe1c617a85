package dev.renderfleet.worker.render;

import dev.renderfleet.contracts.event.RenderEvent;

/** How a job left the line. */
public sealed interface LineResult {

    /** It has an outcome, which must be announced before its record is acknowledged. */
    record Outcome(RenderEvent event) implements LineResult {}

    /** The worker is leaving and the job has not been started, or waits between attempts: another worker shall have its record. */
    record GivenBack() implements LineResult {}
}
