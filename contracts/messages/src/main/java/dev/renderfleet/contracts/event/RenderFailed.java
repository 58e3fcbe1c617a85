package dev.renderfleet.contracts.event;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * No picture could be made.
 *
 * @param code what went wrong
 * @param retryable whether publishing the same job again makes sense without changing it
 * @param message one sentence for people: what happened and what helps
 * @param providerReason the provider's own code or words, shortened, without secrets
 */
public record RenderFailed(
        JobRef job,
        boolean replay,
        FailureCode code,
        boolean retryable,
        String message,
        @Nullable String providerReason,
        List<Attempt> attempts,
        Usage usage,
        Cost cost)
        implements RenderEvent {
    public RenderFailed {
        attempts = List.copyOf(attempts);
    }
}
