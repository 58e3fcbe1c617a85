package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a model's gate stands, for metrics and health.
 *
 * @param waiting jobs at the gate, the one that waits for its slot included
 * @param heldUntil when this worker will call again; null while it may call
 * @param reason why the model is held, or was before a return that goes on; null for a model in good order
 * @param callsMax how many calls may run at once: 1 for a canary, {@link #OPEN} for no bound
 */
public record ModelState(
        String provider,
        String model,
        int waiting,
        @Nullable Instant heldUntil,
        @Nullable FailureCode reason,
        int callsMax) {

    /** So many calls at once are as good as no bound. */
    public static final int OPEN = 1_024;
}
