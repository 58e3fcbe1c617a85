package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Snapshot of a model's limits, for metrics and health.
 *
 * @param waiting jobs that wait for a permit, including for a slot
 * @param heldUntil end of the hold with jitter; null if not held
 * @param reason of the hold, kept during the ramp-up after it; null in normal operation
 * @param callsMax bound on concurrent calls: 1 for the canary, {@link #UNLIMITED} in normal operation
 */
public record ModelState(
        String provider,
        String model,
        int waiting,
        @Nullable Instant heldUntil,
        @Nullable FailureCode reason,
        int callsMax) {

    /** Stands for no bound; the ramp-up ends here at the latest. */
    public static final int UNLIMITED = 1_024;
}
