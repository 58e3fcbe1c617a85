package dev.renderfleet.worker.providers;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.pictures.SpoolFile;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Result of one call. */
public sealed interface ModelAnswer {

    /** Tokens as counted by the provider, also for refused calls. */
    Usage usage();

    /** The provider's id of the response, or null. */
    @Nullable
    String responseId();

    /**
     * One or more pictures, not yet checked. Closing it deletes those that were not moved away.
     *
     * @param pictures the first valid one is the result
     */
    record Drawn(
            List<DrawnPicture> pictures,
            Usage usage,
            @Nullable String modelVersion,
            @Nullable String responseId) implements ModelAnswer, AutoCloseable {
        public Drawn {
            if (pictures.isEmpty()) {
                throw new IllegalArgumentException("no picture");
            }
            pictures = List.copyOf(pictures);
        }

        /** How many pictures the provider bills as such: drafts count as thoughts, but one picture always. */
        public int picturesBilled() {
            return Math.max(
                    1,
                    Math.toIntExact(pictures.stream()
                            .filter(picture -> !picture.draft())
                            .count()));
        }

        @Override
        public void close() {
            pictures.forEach(picture -> picture.file().close());
        }
    }

    /**
     * A picture of a response.
     *
     * @param claimedMime as the provider says
     * @param draft whether the provider marks it as a thought
     */
    record DrawnPicture(SpoolFile file, String claimedMime, boolean draft) {}

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
