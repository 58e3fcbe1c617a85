package dev.renderfleet.worker.render;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.assets.StorageException;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.Ledger.Claim;
import dev.renderfleet.worker.ledger.Ledger.MoveResult;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.models.DrawRequest;
import dev.renderfleet.worker.models.FailureKind;
import dev.renderfleet.worker.models.ImageModel;
import dev.renderfleet.worker.models.ModelAnswer;
import dev.renderfleet.worker.models.ModelAnswer.Drawn;
import dev.renderfleet.worker.models.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.pictures.PictureCheck;
import dev.renderfleet.worker.pictures.PictureCheck.Sound;
import dev.renderfleet.worker.pictures.PictureCheck.Unsound;
import dev.renderfleet.worker.pictures.PictureCheck.Wanted;
import dev.renderfleet.worker.references.FetchedReference;
import dev.renderfleet.worker.references.ReferenceFetcher;
import dev.renderfleet.worker.references.ReferenceFetcher.Outcome.Fetched;
import dev.renderfleet.worker.references.ReferenceFetcher.Outcome.Refused;
import dev.renderfleet.worker.render.RenderLine.Turn;
import dev.renderfleet.worker.render.RetryPolicy.Next;
import dev.renderfleet.worker.routing.ModelCard;
import dev.renderfleet.worker.routing.Route.Routed;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One attempt under a claim: fetch the references, call the model once, check and store what came, move the ledger on.
 * While the store refuses a paid picture this keeps trying to store it rather than draw another.
 */
public final class RenderAttempt {

    private static final Logger LOG = Logger.getLogger(RenderAttempt.class);
    private static final Duration STORE_RETRY = Duration.ofSeconds(2);
    private static final Duration SOON = Duration.ofMillis(250);
    private static final String DRAWN = "drawn";

    private final Ledger ledger;
    private final ReferenceFetcher references;
    private final Map<String, ImageModel> models;
    private final PictureShelf shelf;
    private final RetryPolicy retries;
    private final String priceTable;
    private final AttemptWatch watch;
    private final InstantSource clock;
    private final Pause storePause;

    /**
     * @param models by provider name, one for each provider that the router may choose
     * @param storePause waits between tries to store a paid picture; not ended by a drain, since the picture would be lost
     */
    public RenderAttempt(
            Ledger ledger,
            ReferenceFetcher references,
            Map<String, ImageModel> models,
            PictureShelf shelf,
            RetryPolicy retries,
            String priceTable,
            AttemptWatch watch,
            InstantSource clock,
            Pause storePause) {
        this.ledger = ledger;
        this.references = references;
        this.models = Map.copyOf(models);
        this.shelf = shelf;
        this.retries = retries;
        this.priceTable = priceTable;
        this.watch = watch;
        this.clock = clock;
        this.storePause = storePause;
    }

    /** Runs it to the end of the job, or to the next time that it may be tried. */
    Turn run(AcceptedJob job, Routed routed, Claim claim) {
        History history = claim.history();
        if (RetryPolicy.unknownsForbidAnother(history)) {
            return refuse(job, claim, FailureCode.UNKNOWN_OUTCOME, null, FailureWords.of(FailureKind.UNKNOWN_OUTCOME));
        }
        if (!affordable(job.job().budget(), history, routed)) {
            return refuse(
                    job,
                    claim,
                    FailureCode.BUDGET_EXCEEDED,
                    "budget.maxUsdMicros",
                    "what was called may have cost " + history.usdMicros()
                            + " USD micros, which leaves too little for another call");
        }
        return switch (fetch(job, claim)) {
            case Refused(var code, var field, var message) -> refuse(job, claim, code, field, message);
            case Fetched fetched -> {
                try (fetched) {
                    yield call(job, routed, claim, fetched);
                }
            }
        };
    }

    /** Ends a job that may not be called (again): rejected if nothing was spent, else failed at what it cost. */
    Turn refuse(AcceptedJob job, Claim claim, FailureCode code, @Nullable String field, String message) {
        History history = claim.history();
        RenderEvent event = history.usdMicros() == 0
                ? Outcomes.rejected(job, code, field, message)
                : Outcomes.failed(job, code, message, null, history, priceTable);
        return end(job, claim, history, event);
    }

    /** A store that does not answer is no reason to keep the claim: no call has been made, and none shall seem so. */
    private ReferenceFetcher.Outcome fetch(AcceptedJob job, Claim claim) {
        try {
            return references.fetch(job.job().tenant(), job.job().references());
        } catch (StorageException e) {
            persistently(() -> ledger.park(claim, claim.history()));
            throw e;
        }
    }

    private Turn call(AcceptedJob job, Routed routed, Claim claim, Fetched fetched) {
        ModelCard card = routed.model();
        Instant started = clock.instant();
        return switch (draw(request(job.job(), card, fetched), card)) {
            case NotDrawn failure -> notDrawn(job, routed, claim, started, failure);
            case Drawn drawn -> {
                try (var picture = drawn.picture()) {
                    yield switch (PictureCheck.check(picture.path(), drawn.claimedMime(), wanted(job.job()))) {
                        case Sound sound -> store(job, routed, claim, started, drawn, sound);
                        case Unsound(var reason, var detail) ->
                            notDrawn(
                                    job,
                                    routed,
                                    claim,
                                    started,
                                    new NotDrawn(
                                            FailureKind.RESULT_INVALID,
                                            reason.name(),
                                            detail,
                                            null,
                                            drawn.usage(),
                                            drawn.responseId()));
                    };
                }
            }
        };
    }

    private ModelAnswer draw(DrawRequest request, ModelCard card) {
        ImageModel model = models.get(card.provider());
        if (model == null) {
            throw new IllegalStateException("routed to " + card.provider() + ", which has no adapter");
        }
        return model.draw(request);
    }

    private static DrawRequest request(RenderJob job, ModelCard card, Fetched fetched) {
        return new DrawRequest(
                card.id(),
                job.prompt().resolved(),
                fetched.references().stream().map(FetchedReference::picture).toList(),
                job.output().aspectRatio(),
                job.output().size(),
                job.thinking(),
                job.grounding(),
                job.seed(),
                job.locale(),
                card.timeout());
    }

    private Turn store(AcceptedJob job, Routed routed, Claim claim, Instant started, Drawn drawn, Sound sound) {
        Instant answered = clock.instant();
        ModelCard card = routed.model();
        Image image = persistently(() -> shelf.put(job, drawn.picture().path(), sound));
        var attempt = new Attempt(
                claim.history().nextNumber(),
                card.id(),
                DRAWN,
                started,
                Duration.between(started, answered).toMillis(),
                drawn.responseId(),
                remarks(drawn, sound),
                card.drawnUsdMicros(job.job().output().size().wireName(), drawn.usage()));
        watch.attempted(attempt, card.provider());
        History history = claim.history().plus(attempt, drawn.usage());
        var event = new RenderCompleted(
                job.ref(),
                false,
                List.of(image),
                new ModelChoice(job.job().model(), card.id(), card.provider(), routed.reason()),
                history.attempts(),
                history.usage(),
                new Cost(history.usdMicros(), priceTable),
                latency(job, history, started, answered),
                new Provenance(
                        "trainedAlgorithmicMedia",
                        card.provider(),
                        drawn.modelVersion(),
                        drawn.responseId(),
                        sound.c2paPresent()));
        return end(job, claim, history, event);
    }

    private static Wanted wanted(RenderJob job) {
        return new Wanted(job.output().aspectRatio(), job.output().size());
    }

    /** What is worth knowing of a picture that is good enough. */
    private static @Nullable String remarks(Drawn drawn, Sound sound) {
        List<String> remarks = new ArrayList<>(sound.remarks());
        if (drawn.picturesInAnswer() > 1) {
            remarks.add("the last of " + drawn.picturesInAnswer() + " pictures");
        }
        return remarks.isEmpty() ? null : String.join("; ", remarks);
    }

    private Turn notDrawn(AcceptedJob job, Routed routed, Claim claim, Instant started, NotDrawn failure) {
        Instant now = clock.instant();
        ModelCard card = routed.model();
        var attempt = new Attempt(
                claim.history().nextNumber(),
                card.id(),
                RetryPolicy.code(failure.kind()).wireName(),
                started,
                Duration.between(started, now).toMillis(),
                failure.responseId(),
                detail(failure),
                usdMicros(failure, routed, job.job()));
        watch.attempted(attempt, card.provider());
        History history = claim.history().plus(attempt, failure.usage());
        Duration waited = Duration.between(history.attempts().getFirst().startedAt(), now);
        return switch (retries.next(failure, history, waited)) {
            case Next.Again(var wait)
            when affordable(job.job().budget(), history, routed) ->
                switch (persistently(() -> ledger.park(claim, history))) {
                    case MoveResult.Moved() -> new Turn.Again(wait);
                    case MoveResult.Lost() -> new Turn.Again(SOON);
                };
            case Next.Again _ -> end(job, claim, history, failed(job, failure, history));
            case Next.GiveUp _ -> end(job, claim, history, failed(job, failure, history));
        };
    }

    private RenderEvent failed(AcceptedJob job, NotDrawn failure, History history) {
        return Outcomes.failed(
                job,
                RetryPolicy.code(failure.kind()),
                FailureWords.of(failure.kind()),
                detail(failure),
                history,
                priceTable);
    }

    /** A failed attempt that may have been billed shrinks what the job may still spend. */
    private static boolean affordable(@Nullable Budget budget, History history, Routed routed) {
        return budget == null || history.usdMicros() + routed.worstUsdMicros() <= budget.maxUsdMicros();
    }

    private Turn end(AcceptedJob job, Claim claim, History history, RenderEvent event) {
        return switch (persistently(() -> ledger.end(claim, history, event, job.record()))) {
            case MoveResult.Moved() -> new Turn.Ended(event);
            case MoveResult.Lost() -> new Turn.Again(SOON);
        };
    }

    private static String detail(NotDrawn failure) {
        return failure.detail() == null ? failure.reason() : failure.reason() + ": " + failure.detail();
    }

    private static long usdMicros(NotDrawn failure, Routed routed, RenderJob job) {
        return switch (failure.kind()) {
            case UNKNOWN_OUTCOME -> routed.worstUsdMicros();
            case RATE_LIMITED, DAY_QUOTA_SPENT, OVERLOADED, NOT_SENT, MODEL_GONE, AUTH_REFUSED, BILLING_REFUSED -> 0;
            case RESULT_INVALID ->
                routed.model().drawnUsdMicros(job.output().size().wireName(), failure.usage());
            case INPUT_REFUSED, OUTPUT_REFUSED, OUTPUT_REFUSED_REROLLABLE, NO_IMAGE, REQUEST_INVALID, PROVIDER_FAULT ->
                routed.model().notDrawnUsdMicros(failure.usage());
        };
    }

    private Latency latency(AcceptedJob job, History history, Instant started, Instant answered) {
        Instant now = clock.instant();
        // What was called before the record was taken is part of its time in the queue.
        long model = history.attempts().stream()
                .filter(attempt -> !attempt.startedAt().isBefore(job.taken()))
                .mapToLong(Attempt::durationMillis)
                .sum();
        long last = Duration.between(started, answered).toMillis();
        return new Latency(
                Duration.between(job.published(), job.taken()).toMillis(),
                Duration.between(job.taken(), started).toMillis() - (model - last),
                model,
                Duration.between(answered, now).toMillis(),
                Duration.between(job.published(), now).toMillis());
    }

    private <T> T persistently(Supplier<T> write) {
        while (true) {
            try {
                return write.get();
            } catch (StorageException e) {
                LOG.warnf("cannot write what must not be lost, trying again: %s", e.getMessage());
                if (!storePause.pause(STORE_RETRY)) {
                    throw e;
                }
            }
        }
    }
}
