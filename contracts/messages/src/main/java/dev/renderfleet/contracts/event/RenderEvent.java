package dev.renderfleet.contracts.event;

import dev.renderfleet.contracts.event.EventParts.JobRef;

/**
 * The outcome of a job, as published to {@code render.events}. Each accepted record yields exactly one. An outcome that is
 * published again has the id of its first event, and another run of the same job has another.
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

    /** Whether this outcome was published before, or another record of the same job led to it. */
    boolean replay();
}
