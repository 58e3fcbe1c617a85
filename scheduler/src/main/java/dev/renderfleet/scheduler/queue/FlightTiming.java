package dev.renderfleet.scheduler.queue;

import java.time.Duration;

/**
 * What an outcome event says about the time of its job.
 *
 * @param waited from the release to the call: {@code latency.queued + latency.waited}
 * @param worked {@code latency.model + latency.stored}; zero if no model was called
 */
public record FlightTiming(Duration waited, Duration worked) {

    /** Of a job that ended without a call, or whose release came to nothing: it leaves the line and has used no quota. */
    public static final FlightTiming NO_CALL = new FlightTiming(Duration.ZERO, Duration.ZERO);
}
