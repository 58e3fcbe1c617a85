package dev.renderfleet.worker.providers;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.pictures.SpoolFile;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What came of one call. */
public sealed interface ModelAnswer {

    /** Tokens as counted by the provider; refused calls may be billed too. */
    Usage usage();

    /** The provider's own id of the answer, or null. */
    @Nullable
    String responseId();

    /**
     * A picture, not yet checked.
     *
     * @param picture owned by the receiver, who closes it
     * @param claimedMime as the provider says
     * @param picturesInAnswer how many final pictures the answer had; the last one is kept
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
     * @param reason the provider's own code, such as {@code IMAGE_SAFETY} or {@code RESOURCE_EXHAUSTED}
     * @param detail the provider's own words, at most 500 characters, without secrets; null if it said nothing
     * @param retryAfter how long the provider asks to wait; null if it does not say
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
