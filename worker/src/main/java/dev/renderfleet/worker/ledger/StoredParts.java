package dev.renderfleet.worker.ledger;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.ParentEdit;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.EventParts.RenditionFile;
import dev.renderfleet.contracts.event.EventParts.SearchResults;
import dev.renderfleet.contracts.event.EventParts.SearchSource;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Parts of ledger entries and spool notes as JSON, apart from the events: an event may change, what is stored must stay readable for
 * ever. A component of the first release is required; a later one is {@code @Nullable} here, and its default is in {@code read}.
 * None is ever renamed or removed (ADR 24).
 */
public final class StoredParts {

    private StoredParts() {}

    /** Attempts of a job, their tokens, and the images that are stored while more are asked for. */
    record StoredHistory(List<StoredAttempt> attempts, StoredUsage usage, StoredOutcome.@Nullable Completed delivered) {
        StoredHistory {
            attempts = List.copyOf(attempts);
            Objects.requireNonNull(usage, "history.usage is missing");
        }

        static StoredHistory of(History history) {
            return new StoredHistory(
                    history.attempts().stream().map(StoredAttempt::of).toList(),
                    StoredUsage.of(history.usage()),
                    history.delivered() == null ? null : StoredOutcome.Completed.of(history.delivered()));
        }

        History read() {
            return new History(
                    attempts.stream().map(StoredAttempt::read).toList(),
                    usage.read(),
                    delivered == null ? null : delivered.read());
        }
    }

    /** The call of a claim. */
    record StoredCall(
            String model,
            Stage stage,
            Instant preparedAt,
            long worstUsdMicros,
            @Nullable String task) {
        StoredCall {
            Objects.requireNonNull(model, "pending.model is missing");
            Objects.requireNonNull(stage, "pending.stage is missing");
            Objects.requireNonNull(preparedAt, "pending.preparedAt is missing");
        }

        static StoredCall of(PendingCall call) {
            return new StoredCall(call.model(), call.stage(), call.preparedAt(), call.worstUsdMicros(), call.task());
        }

        PendingCall read() {
            return new PendingCall(model, stage, preparedAt, worstUsdMicros, task);
        }
    }

    /** End of the topic of jobs. */
    record StoredLogEnd(String topicId, List<Long> offsets) {
        StoredLogEnd {
            Objects.requireNonNull(topicId, "logEnd.topicId is missing");
            offsets = List.copyOf(offsets);
        }

        static @Nullable StoredLogEnd of(@Nullable LogEnd end) {
            return end == null ? null : new StoredLogEnd(end.topicId(), end.offsets());
        }

        LogEnd read() {
            return new LogEnd(topicId, offsets);
        }
    }

    /** One call that ended. */
    record StoredAttempt(
            int number,
            String model,
            String outcome,
            Instant startedAt,
            long durationMillis,
            @Nullable String requestId,
            @Nullable String detail,
            long usdMicros,
            @Nullable List<String> quarantined) {
        StoredAttempt {
            Objects.requireNonNull(model, "attempt.model is missing");
            Objects.requireNonNull(outcome, "attempt.outcome is missing");
            Objects.requireNonNull(startedAt, "attempt.startedAt is missing");
        }

        static StoredAttempt of(Attempt attempt) {
            return new StoredAttempt(
                    attempt.number(),
                    attempt.model(),
                    attempt.outcome(),
                    attempt.startedAt(),
                    attempt.durationMillis(),
                    attempt.requestId(),
                    attempt.detail(),
                    attempt.usdMicros(),
                    attempt.quarantined());
        }

        Attempt read() {
            return new Attempt(
                    number, model, outcome, startedAt, durationMillis, requestId, detail, usdMicros, quarantined);
        }
    }

    /** Tokens. */
    record StoredUsage(
            long promptTokens,
            long outputTokens,
            long thoughtTokens,
            long totalTokens,
            @Nullable Long imageTokens,
            @Nullable Long promptImageTokens,
            @Nullable Long searches) {
        static StoredUsage of(Usage usage) {
            return new StoredUsage(
                    usage.promptTokens(),
                    usage.outputTokens(),
                    usage.thoughtTokens(),
                    usage.totalTokens(),
                    usage.imageTokens(),
                    usage.promptImageTokens(),
                    usage.searches());
        }

        Usage read() {
            return new Usage(
                    promptTokens, outputTokens, thoughtTokens, totalTokens, imageTokens, promptImageTokens, searches);
        }
    }

    /** Cost of a run. */
    record StoredCost(long usdMicros, String priceTable) {
        StoredCost {
            Objects.requireNonNull(priceTable, "cost.priceTable is missing");
        }

        static StoredCost of(Cost cost) {
            return new StoredCost(cost.usdMicros(), cost.priceTable());
        }

        Cost read() {
            return new Cost(usdMicros, priceTable);
        }
    }

    /** An image in the bucket. */
    public record StoredImage(
            String bucket,
            String key,
            String sha256,
            long bytes,
            String mime,
            int width,
            int height,
            List<StoredRendition> renditions) {
        public StoredImage {
            Objects.requireNonNull(bucket, "image.bucket is missing");
            Objects.requireNonNull(key, "image.key is missing");
            Objects.requireNonNull(sha256, "image.sha256 is missing");
            Objects.requireNonNull(mime, "image.mime is missing");
            renditions = renditions == null ? List.of() : List.copyOf(renditions);
        }

        /** The stored form. */
        public static StoredImage of(Image image) {
            return new StoredImage(
                    image.bucket(),
                    image.key(),
                    image.sha256(),
                    image.bytes(),
                    image.mime(),
                    image.width(),
                    image.height(),
                    image.renditions().stream().map(StoredRendition::of).toList());
        }

        /** The image as events name it. */
        public Image read() {
            return new Image(
                    bucket,
                    key,
                    sha256,
                    bytes,
                    mime,
                    width,
                    height,
                    renditions.stream().map(StoredRendition::read).toList());
        }
    }

    /** A file derived from an image. */
    public record StoredRendition(
            String name, String key, String sha256, long bytes, String mime, int width, int height) {
        public StoredRendition {
            Objects.requireNonNull(name, "rendition.name is missing");
            Objects.requireNonNull(key, "rendition.key is missing");
            Objects.requireNonNull(sha256, "rendition.sha256 is missing");
            Objects.requireNonNull(mime, "rendition.mime is missing");
        }

        static StoredRendition of(RenditionFile file) {
            return new StoredRendition(
                    file.name(), file.key(), file.sha256(), file.bytes(), file.mime(), file.width(), file.height());
        }

        RenditionFile read() {
            return new RenditionFile(name, key, sha256, bytes, mime, width, height);
        }
    }

    /** The model that rendered an image. */
    record StoredModel(@Nullable String requested, String used, String provider, String reason) {
        StoredModel {
            Objects.requireNonNull(used, "model.used is missing");
            Objects.requireNonNull(provider, "model.provider is missing");
            Objects.requireNonNull(reason, "model.reason is missing");
        }

        static StoredModel of(ModelChoice model) {
            return new StoredModel(model.requested(), model.used(), model.provider(), model.reason());
        }

        ModelChoice read() {
            return new ModelChoice(requested, used, provider, reason);
        }
    }

    /** Milliseconds by stage. */
    record StoredLatency(long queued, long waited, long model, long stored, long total) {
        static StoredLatency of(Latency latency) {
            return new StoredLatency(
                    latency.queued(), latency.waited(), latency.model(), latency.stored(), latency.total());
        }

        Latency read() {
            return new Latency(queued, waited, model, stored, total);
        }
    }

    /** How an image came from that of another job. */
    record StoredEdit(String parent, String by) {
        StoredEdit {
            Objects.requireNonNull(parent, "edit.parent is missing");
            Objects.requireNonNull(by, "edit.by is missing");
        }

        static @Nullable StoredEdit of(@Nullable ParentEdit edit) {
            return edit == null ? null : new StoredEdit(edit.parent(), edit.by());
        }

        ParentEdit read() {
            return new ParentEdit(parent, by);
        }
    }

    /** What the model found in its searches. */
    record StoredSearch(
            List<String> queries,
            List<StoredSource> sources,
            @Nullable String displayHtml) {
        StoredSearch {
            queries = List.copyOf(queries);
            sources = List.copyOf(sources);
        }

        static @Nullable StoredSearch of(@Nullable SearchResults found) {
            return found == null
                    ? null
                    : new StoredSearch(
                            found.queries(),
                            found.sources().stream()
                                    .map(source -> new StoredSource(source.uri(), source.title()))
                                    .toList(),
                            found.displayHtml());
        }

        SearchResults read() {
            return new SearchResults(
                    queries,
                    sources.stream()
                            .map(source -> new SearchSource(source.uri(), source.title()))
                            .toList(),
                    displayHtml);
        }
    }

    /** A page or an image that a search found. */
    record StoredSource(String uri, @Nullable String title) {
        StoredSource {
            Objects.requireNonNull(uri, "source.uri is missing");
        }
    }

    /** Origin of an image. */
    record StoredProvenance(
            String digitalSourceType,
            String provider,
            @Nullable String modelVersion,
            @Nullable String responseId,
            boolean c2paPresent) {
        StoredProvenance {
            Objects.requireNonNull(digitalSourceType, "provenance.digitalSourceType is missing");
            Objects.requireNonNull(provider, "provenance.provider is missing");
        }

        static StoredProvenance of(Provenance origin) {
            return new StoredProvenance(
                    origin.digitalSourceType(),
                    origin.provider(),
                    origin.modelVersion(),
                    origin.responseId(),
                    origin.c2paPresent());
        }

        Provenance read() {
            return new Provenance(digitalSourceType, provider, modelVersion, responseId, c2paPresent);
        }
    }
}
