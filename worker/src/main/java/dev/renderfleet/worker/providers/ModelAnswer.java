package dev.renderfleet.worker.providers;

import dev.renderfleet.contracts.event.EventParts.SearchResults;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.pictures.SpoolFile;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Result of one call. */
public sealed interface ModelAnswer {

    /**
     * One or more pictures, not yet checked. Closing it deletes those that were not moved away.
     *
     * @param pictures the first valid one is the result
     * @param usage tokens as counted by the provider
     * @param responseId the provider's id of the response or task; null if absent
     * @param statedUsdMicros what the call cost, as the provider says; null: computed from the catalogue
     * @param search what the model found; null: it searched for nothing
     */
    record Drawn(
            List<DrawnPicture> pictures,
            Usage usage,
            @Nullable String modelVersion,
            @Nullable String responseId,
            @Nullable Long statedUsdMicros,
            @Nullable SearchResults search)
            implements ModelAnswer, AutoCloseable {
        public Drawn {
            if (pictures.isEmpty()) {
                throw new IllegalArgumentException("no picture");
            }
            pictures = List.copyOf(pictures);
        }

        /** Of a model that searched for nothing. */
        public Drawn(
                List<DrawnPicture> pictures,
                Usage usage,
                @Nullable String modelVersion,
                @Nullable String responseId,
                @Nullable Long statedUsdMicros) {
            this(pictures, usage, modelVersion, responseId, statedUsdMicros, null);
        }

        /** Of a provider that states no cost either. */
        public Drawn(
                List<DrawnPicture> pictures, Usage usage, @Nullable String modelVersion, @Nullable String responseId) {
            this(pictures, usage, modelVersion, responseId, null);
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
     * @param reply the parts to send back where the conversation goes on with this picture; empty: it cannot
     * @param remark a deviation that the adapter knows of, for the event; null: none
     */
    record DrawnPicture(
            SpoolFile file,
            String claimedMime,
            boolean draft,
            List<ReplyPart> reply,
            @Nullable String remark) {
        public DrawnPicture {
            reply = List.copyOf(reply);
        }

        /** Of an adapter that remarks on nothing. */
        public DrawnPicture(SpoolFile file, String claimedMime, boolean draft, List<ReplyPart> reply) {
            this(file, claimedMime, draft, reply, null);
        }

        /** Of a model without conversations, too. */
        public DrawnPicture(SpoolFile file, String claimedMime, boolean draft) {
            this(file, claimedMime, draft, List.of());
        }
    }

    /**
     * No picture.
     *
     * @param reason the provider's code, such as {@code IMAGE_SAFETY} or {@code RESOURCE_EXHAUSTED}
     * @param detail the provider's message, at most 500 characters, without secrets; null if absent
     * @param retryAfter the provider's Retry-After or its equivalent; null if absent
     * @param usage tokens as counted by the provider
     * @param responseId as for {@link Drawn}
     * @param statedUsdMicros as for {@link Drawn}
     * @param modelVersion that answered; null if absent
     */
    record NotDrawn(
            FailureKind kind,
            String reason,
            @Nullable String detail,
            @Nullable Duration retryAfter,
            Usage usage,
            @Nullable String responseId,
            @Nullable Long statedUsdMicros,
            @Nullable String modelVersion)
            implements ModelAnswer {

        /** The same failure of another kind. */
        public NotDrawn as(FailureKind other) {
            return new NotDrawn(other, reason, detail, retryAfter, usage, responseId, statedUsdMicros, modelVersion);
        }

        /** Of a provider that names no model. */
        public NotDrawn(
                FailureKind kind,
                String reason,
                @Nullable String detail,
                @Nullable Duration retryAfter,
                Usage usage,
                @Nullable String responseId,
                @Nullable Long statedUsdMicros) {
            this(kind, reason, detail, retryAfter, usage, responseId, statedUsdMicros, null);
        }

        /** Of a provider that states no cost either. */
        public NotDrawn(
                FailureKind kind,
                String reason,
                @Nullable String detail,
                @Nullable Duration retryAfter,
                Usage usage,
                @Nullable String responseId) {
            this(kind, reason, detail, retryAfter, usage, responseId, null, null);
        }
    }

    /**
     * The provider has accepted the task and runs it, but this call no longer waits: it was interrupted, or the provider cannot be
     * asked now. Any worker may {@link ImageProvider#resume} it.
     *
     * @param task as in the {@link TaskLog}
     * @param askAfter a pause before it is resumed
     */
    record StillRunning(String task, Duration askAfter) implements ModelAnswer {}
}
