package dev.renderfleet.contracts.event;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * No image could be rendered.
 *
 * @param code reason
 * @param retryable whether the unchanged job may succeed when published again
 * @param message one sentence for people: cause and remedy
 * @param providerReason the provider's code or message, shortened, without secrets
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
