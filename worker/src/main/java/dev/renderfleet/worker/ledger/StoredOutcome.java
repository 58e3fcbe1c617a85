package dev.renderfleet.worker.ledger;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.worker.ledger.StoredParts.StoredAttempt;
import dev.renderfleet.worker.ledger.StoredParts.StoredCost;
import dev.renderfleet.worker.ledger.StoredParts.StoredEdit;
import dev.renderfleet.worker.ledger.StoredParts.StoredImage;
import dev.renderfleet.worker.ledger.StoredParts.StoredLatency;
import dev.renderfleet.worker.ledger.StoredParts.StoredModel;
import dev.renderfleet.worker.ledger.StoredParts.StoredProvenance;
import dev.renderfleet.worker.ledger.StoredParts.StoredSearch;
import dev.renderfleet.worker.ledger.StoredParts.StoredUsage;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The outcome in a terminal entry as JSON, apart from the events. Rules as in {@link StoredParts}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "outcome")
@JsonSubTypes({
    @JsonSubTypes.Type(value = StoredOutcome.Completed.class, name = "completed"),
    @JsonSubTypes.Type(value = StoredOutcome.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = StoredOutcome.Rejected.class, name = "rejected"),
    @JsonSubTypes.Type(value = StoredOutcome.Canceled.class, name = "canceled")
})
sealed interface StoredOutcome {

    /** The event. */
    RenderEvent read();

    static StoredOutcome of(RenderEvent event) {
        return switch (event) {
            case RenderCompleted e -> Completed.of(e);
            case RenderFailed e ->
                new Failed(
                        StoredJob.of(e.job()),
                        e.replay(),
                        e.code().wireName(),
                        e.retryable(),
                        e.message(),
                        e.providerReason(),
                        e.attempts().stream().map(StoredAttempt::of).toList(),
                        StoredUsage.of(e.usage()),
                        StoredCost.of(e.cost()));
            case RenderRejected e ->
                new Rejected(
                        StoredJob.of(e.job()), e.replay(), e.code().wireName(), e.retryable(), e.field(), e.message());
            case RenderCanceled e ->
                new Canceled(
                        StoredJob.of(e.job()),
                        e.replay(),
                        e.message(),
                        StoredCost.of(e.cost()),
                        e.attempts() == null
                                ? null
                                : e.attempts().stream().map(StoredAttempt::of).toList());
        };
    }

    /** The job. */
    record StoredJob(
            String jobId,
            String tenant,
            String idempotencyKey,
            @Nullable String fingerprint,
            @Nullable String batchId,
            Map<String, String> labels) {
        public StoredJob {
            Objects.requireNonNull(jobId, "outcome.jobId is missing");
            Objects.requireNonNull(tenant, "outcome.tenant is missing");
            Objects.requireNonNull(idempotencyKey, "outcome.idempotencyKey is missing");
            labels = labels == null ? Map.of() : Map.copyOf(labels);
        }

        static StoredJob of(JobRef job) {
            return new StoredJob(
                    job.jobId(), job.tenant(), job.idempotencyKey(), job.fingerprint(), job.batchId(), job.labels());
        }

        JobRef read() {
            return new JobRef(jobId, tenant, idempotencyKey, fingerprint, batchId, labels);
        }
    }

    record Completed(
            @JsonUnwrapped StoredJob job,
            boolean replay,
            List<StoredImage> images,
            StoredModel model,
            List<StoredAttempt> attempts,
            StoredUsage usage,
            StoredCost cost,
            StoredLatency latency,
            StoredProvenance provenance,
            @Nullable StoredEdit edit,
            @Nullable StoredSearch search)
            implements StoredOutcome {
        public Completed {
            images = List.copyOf(images);
            attempts = List.copyOf(attempts);
        }

        static Completed of(RenderCompleted e) {
            return new Completed(
                    StoredJob.of(e.job()),
                    e.replay(),
                    e.images().stream().map(StoredImage::of).toList(),
                    StoredModel.of(e.model()),
                    e.attempts().stream().map(StoredAttempt::of).toList(),
                    StoredUsage.of(e.usage()),
                    StoredCost.of(e.cost()),
                    StoredLatency.of(e.latency()),
                    StoredProvenance.of(e.provenance()),
                    StoredEdit.of(e.edit()),
                    StoredSearch.of(e.search()));
        }

        @Override
        public RenderCompleted read() {
            return new RenderCompleted(
                    job.read(),
                    replay,
                    images.stream().map(StoredImage::read).toList(),
                    model.read(),
                    attempts.stream().map(StoredAttempt::read).toList(),
                    usage.read(),
                    cost.read(),
                    latency.read(),
                    provenance.read(),
                    edit == null ? null : edit.read(),
                    search == null ? null : search.read());
        }
    }

    record Failed(
            @JsonUnwrapped StoredJob job,
            boolean replay,
            String code,
            boolean retryable,
            String message,
            @Nullable String providerReason,
            List<StoredAttempt> attempts,
            StoredUsage usage,
            StoredCost cost)
            implements StoredOutcome {
        public Failed {
            Objects.requireNonNull(code, "outcome.code is missing");
            Objects.requireNonNull(message, "outcome.message is missing");
            attempts = List.copyOf(attempts);
        }

        @Override
        public RenderFailed read() {
            return new RenderFailed(
                    job.read(),
                    replay,
                    FailureCode.ofWireName(code),
                    retryable,
                    words(code, message),
                    providerReason,
                    attempts.stream().map(StoredAttempt::read).toList(),
                    usage.read(),
                    cost.read());
        }
    }

    /** Rejected before any call; {@code retryable} is for readers of the bucket, since the code decides. */
    record Rejected(
            @JsonUnwrapped StoredJob job,
            boolean replay,
            String code,
            @Nullable Boolean retryable,
            @Nullable String field,
            String message)
            implements StoredOutcome {
        public Rejected {
            Objects.requireNonNull(code, "outcome.code is missing");
            Objects.requireNonNull(message, "outcome.message is missing");
        }

        @Override
        public RenderRejected read() {
            return new RenderRejected(job.read(), replay, FailureCode.ofWireName(code), field, words(code, message));
        }
    }

    record Canceled(
            @JsonUnwrapped StoredJob job,
            boolean replay,
            String message,
            StoredCost cost,
            @Nullable List<StoredAttempt> attempts)
            implements StoredOutcome {
        public Canceled {
            Objects.requireNonNull(message, "outcome.message is missing");
        }

        @Override
        public RenderCanceled read() {
            return new RenderCanceled(
                    job.read(),
                    replay,
                    message,
                    cost.read(),
                    attempts == null
                            ? null
                            : attempts.stream().map(StoredAttempt::read).toList());
        }
    }

    /** A code of a later worker stays searchable. */
    private static String words(String code, String message) {
        return FailureCode.ofWireName(code) == FailureCode.UNRECOGNISED ? "[" + code + "] " + message : message;
    }
}
