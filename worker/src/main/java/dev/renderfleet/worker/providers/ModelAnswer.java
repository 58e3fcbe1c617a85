package dev.renderfleet.worker.providers;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.pictures.SpoolFile;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Result of one call. */
public sealed interface ModelAnswer {

    /** Tokens as counted by the provider, also for refused calls. */
    Usage usage();

    /** The provider's id of the response, or null. */
    @Nullable
    String responseId();

    /**
     * A picture, not yet checked.
     *
     * @param picture to be closed by the receiver
     * @param claimedMime as the provider says
     * @param picturesInAnswer number of final pictures in the response, of which this is the last
     */
    record Drawn(
            SpoolFile picture,
            String claimedMime,
            int picturesInAnswer,
            Usage usage,
            @Nullable String modelVersion,
            @Nullable String responseId)
            implements ModelAnswer {}

    /**
     * No picture.
     *
     * @param reason the provider's code, such as {@code IMAGE_SAFETY} or {@code RESOURCE_EXHAUSTED}
     * @param detail the provider's message, at most 500 characters, without secrets; null if absent
     * @param retryAfter the provider's Retry-After or its equivalent; null if absent
     */
    record NotDrawn(
            FailureKind kind,
            String reason,
            @Nullable String detail,
            @Nullable Duration retryAfter,
            Usage usage,
            @Nullable String responseId)
            implements ModelAnswer {}
}
