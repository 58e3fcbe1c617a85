package dev.renderfleet.contracts.event;

import dev.renderfleet.contracts.event.EventParts.JobRef;

/**
 * The outcome of a job, as published to {@code render.events}. Each accepted record yields exactly one. The event's id is the job's id
 * and the outcome, so a replay has the id of the first event.
 */
public sealed interface RenderEvent permits RenderCompleted, RenderFailed, RenderRejected, RenderCanceled {

    /** The event's job. */
    JobRef job();

    /** The outcome's name on the wire: {@code completed}, {@code failed}, {@code rejected} or {@code canceled}. */
    default String outcome() {
        return switch (this) {
            case RenderCompleted _ -> "completed";
            case RenderFailed _ -> "failed";
            case RenderRejected _ -> "rejected";
            case RenderCanceled _ -> "canceled";
        };
    }

    /** Whether the same job was published again and its outcome was published before. */
    boolean replay();
}
