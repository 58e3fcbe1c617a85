package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.worker.ledger.ClaimResult.Terminal;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import org.jspecify.annotations.Nullable;

/** Builds the events of outcomes without a picture, and of replays. */
final class OutcomeEvents {

    private OutcomeEvents() {}

    static RenderRejected rejected(AcceptedJob job, FailureCode code, @Nullable String field, String message) {
        return new RenderRejected(job.ref(), false, code, field, message);
    }

    static RenderRejected conflict(AcceptedJob job) {
        return rejected(
                job,
                FailureCode.IDEMPOTENCY_CONFLICT,
                "idempotencyKey",
                "this tenant has published another job under this key; use a new key for a new image, or the same"
                        + " job for the same");
    }

    static RenderFailed failed(
            AcceptedJob job,
            FailureCode code,
            String message,
            @Nullable String providerReason,
            History history,
            String priceTable) {
        return new RenderFailed(
                job.ref(),
                false,
                code,
                code.retryable(),
                message,
                providerReason,
                history.attempts(),
                history.usage(),
                new Cost(history.usdMicros(), priceTable));
    }

    static RenderCanceled canceled(AcceptedJob job, History history, String priceTable) {
        return new RenderCanceled(
                job.ref(),
                false,
                history.attempts().isEmpty()
                        ? "canceled by request before a model was called"
                        : "canceled by request before its next call",
                new Cost(history.usdMicros(), priceTable),
                history.attempts());
    }

    /** The images of a job that wanted more, at the cost of all its attempts; {@code otherwise} if there are none. */
    static RenderEvent partly(History history, RenderEvent otherwise, String priceTable) {
        RenderCompleted images = history.delivered();
        return images == null
                ? otherwise
                : new RenderCompleted(
                        images.job(),
                        false,
                        images.images(),
                        images.model(),
                        history.attempts(),
                        history.usage(),
                        new Cost(history.usdMicros(), priceTable),
                        images.latency(),
                        images.provenance(),
                        images.edit(),
                        images.search());
    }

    /** The stored outcome as an event for this publication of the job. */
    static RenderEvent replay(Terminal terminal, AcceptedJob accepted) {
        JobRef job = accepted.ref();
        boolean replay = terminal.replay();
        return switch (terminal.outcome()) {
            case RenderCompleted e ->
                new RenderCompleted(
                        job,
                        replay,
                        e.images(),
                        e.model(),
                        e.attempts(),
                        e.usage(),
                        e.cost(),
                        e.latency(),
                        e.provenance(),
                        e.edit(),
                        e.search());
            case RenderFailed e ->
                new RenderFailed(
                        job,
                        replay,
                        e.code(),
                        e.retryable(),
                        e.message(),
                        e.providerReason(),
                        e.attempts(),
                        e.usage(),
                        e.cost());
            case RenderRejected e -> new RenderRejected(job, replay, e.code(), e.field(), e.message());
            case RenderCanceled e -> new RenderCanceled(job, replay, e.message(), e.cost(), e.attempts());
        };
    }
}
