package dev.renderfleet.contracts.event;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The job was canceled.
 *
 * @param message by whom and why
 * @param cost spent until then
 * @param attempts calls until then; null: none was made
 */
public record RenderCanceled(
        JobRef job,
        boolean replay,
        String message,
        Cost cost,
        @Nullable List<Attempt> attempts) implements RenderEvent {

    public RenderCanceled {
        attempts = attempts == null || attempts.isEmpty() ? null : List.copyOf(attempts);
    }

    /** Of a job for which no model was called. */
    public RenderCanceled(JobRef job, boolean replay, String message, Cost cost) {
        this(job, replay, message, cost, null);
    }

    /** The calls until then. */
    public List<Attempt> calls() {
        return attempts == null ? List.of() : attempts;
    }
}
