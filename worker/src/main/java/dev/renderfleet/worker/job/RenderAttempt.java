package dev.renderfleet.worker.job;

import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.chaos.Chaos;
import dev.renderfleet.worker.chaos.Failpoint;
import dev.renderfleet.worker.job.JobRunner.Step;
import dev.renderfleet.worker.job.RetryPolicy.Next;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.FinalUpdate;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.limits.Permit;
import dev.renderfleet.worker.pictures.PictureCheck;
import dev.renderfleet.worker.pictures.PictureCheck.Sound;
import dev.renderfleet.worker.pictures.PictureCheck.Unsound;
import dev.renderfleet.worker.pictures.PictureCheck.Wanted;
import dev.renderfleet.worker.pictures.Spool.Kept;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageModel;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.references.ReferenceFetcher;
import dev.renderfleet.worker.references.ReferenceFetcher.Outcome.Fetched;
import dev.renderfleet.worker.references.ReferenceFetcher.Outcome.Refused;
import dev.renderfleet.worker.storage.Pause;
import dev.renderfleet.worker.storage.StorageException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Makes one attempt under a claim: fetch the references, call the model once, check and store the picture, update the ledger.
 * Retries storing a paid picture while storage is unavailable rather than draw another. Safe for use by many threads.
 */
public final class RenderAttempt {

    private static final Logger LOG = Logger.getLogger(RenderAttempt.class);
    /** Below any session time-out of the group, so the claim cannot have been taken over meanwhile. */
    private static final Duration CLAIM_TRUSTED_FOR = Duration.ofSeconds(2);

    private static final Duration SHORT_DELAY = Duration.ofMillis(250);

    private final Ledger ledger;
    private final ReferenceFetcher references;
    private final ModelCaller caller;
    private final ImageStore images;
    private final PaidPictures paid;
    private final RetryPolicy retries;
    private final String priceTable;
    private final AttemptListener listener;
    private final InstantSource clock;
    private final DurableWriter writer;
    private final Chaos chaos;

    /**
     * @param models by provider name, one for each provider that the router may choose
     * @param storePause between retries to store a paid picture; not ended by a drain, since the picture would be lost
     */
    public RenderAttempt(
            Ledger ledger,
            ReferenceFetcher references,
            Map<String, ImageModel> models,
            ImageStore images,
            PaidPictures paid,
            RetryPolicy retries,
            String priceTable,
            AttemptListener listener,
            InstantSource clock,
            Pause storePause,
            Chaos chaos) {
        this.ledger = ledger;
        this.references = references;
        this.caller = new ModelCaller(models, chaos);
        this.images = images;
        this.paid = paid;
        this.retries = retries;
        this.priceTable = priceTable;
        this.listener = listener;
        this.clock = clock;
        this.writer = new DurableWriter(ledger, images, storePause, chaos);
        this.chaos = chaos;
    }

    /** Ends the job or releases its claim until the next attempt. */
    Step run(AcceptedJob job, Routed routed, Claim claim, Permit permit) {
        History history = claim.history();
        if (RetryPolicy.unknownsForbidAnother(history, job.job().onUnknown())) {
            return refuse(
                    job, claim, FailureCode.UNKNOWN_OUTCOME, null, FailureMessages.of(FailureKind.UNKNOWN_OUTCOME));
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
        chaos.at(Failpoint.CLAIMED);
        return switch (fetch(job, claim)) {
            case Refused(var code, var field, var message) -> refuse(job, claim, code, field, message);
            case Fetched fetched -> {
                try (fetched) {
                    Claim fresh = sent(claim);
                    yield fresh == null
                            ? new Step.RetryAfter(SHORT_DELAY)
                            : call(new ModelCall(job, routed, fresh, clock.instant()), fetched, permit);
                }
            }
        };
    }

    /**
     * Records the call as sent before it is. A claim that did so when it was written is renewed if it is not recent: this process may have
     * been suspended so long that another worker took the job over. Null if it did.
     */
    private @Nullable Claim sent(Claim claim) {
        PendingCall pending = claim.entry().pending();
        Instant now = clock.instant();
        boolean current = switch (pending.stage()) {
            case PREPARED -> false;
            case SENT -> Duration.between(pending.preparedAt(), now).compareTo(CLAIM_TRUSTED_FOR) < 0;
        };
        return current ? claim : ledger.renew(claim, pending.sent(now));
    }

    /** Ends a job without another call: rejected if nothing was spent, else failed with its cost. */
    Step refuse(AcceptedJob job, Claim claim, FailureCode code, @Nullable String field, String message) {
        History history = claim.history();
        RenderEvent event = history.usdMicros() == 0
                ? OutcomeEvents.rejected(job, code, field, message)
                : OutcomeEvents.failed(job, code, message, null, history, priceTable);
        return finish(job, claim, history, event);
    }

    /** Releases the claim on an exception, since no call was made. */
    private ReferenceFetcher.Outcome fetch(AcceptedJob job, Claim claim) {
        try {
            return references.fetch(job.job().tenant(), job.job().references());
        } catch (RuntimeException e) {
            writer.park(claim, claim.history(), Duration.ZERO);
            throw e;
        }
    }

    /** Records a call of unknown outcome on a bug of the worker, since it may have been billed. */
    private Step call(ModelCall call, Fetched fetched, Permit permit) {
        try {
            return answered(call, fetched, permit);
        } catch (StorageException e) {
            throw e;
        } catch (RuntimeException bug) {
            LOG.error("a fault of the worker while a call was out", bug);
            return notDrawn(
                    call,
                    new NotDrawn(
                            FailureKind.UNKNOWN_OUTCOME,
                            "WORKER_FAULT",
                            bug.getClass().getSimpleName(),
                            null,
                            Usage.NONE,
                            null));
        }
    }

    private Step answered(ModelCall call, Fetched fetched, Permit permit) {
        return switch (caller.call(call, fetched, permit)) {
            case NotDrawn failure -> notDrawn(call, failure);
            case Drawn drawn -> {
                try (var picture = drawn.picture()) {
                    yield switch (PictureCheck.check(
                            picture.path(),
                            drawn.claimedMime(),
                            wanted(call.job().job()))) {
                        case Sound sound -> store(call, drawn, sound);
                        case Unsound unsound -> notDrawn(call, asFailure(unsound, drawn));
                    };
                }
            }
        };
    }

    private static Wanted wanted(RenderJob job) {
        return new Wanted(job.output().aspectRatio(), job.output().size());
    }

    private static NotDrawn asFailure(Unsound unsound, Drawn drawn) {
        return new NotDrawn(
                FailureKind.RESULT_INVALID,
                unsound.reason().name(),
                unsound.detail(),
                null,
                drawn.usage(),
                drawn.responseId());
    }

    private Step store(ModelCall call, Drawn drawn, Sound sound) {
        Instant answered = clock.instant();
        Image image = images.describe(call.job(), sound);
        Attempt attempt = call.drawn(drawn, sound, answered);
        listener.onAttempt(attempt, call.model().provider());
        History history = call.claim().history().plus(attempt, drawn.usage());
        Function<Instant, RenderCompleted> event =
                stored -> call.completed(image, drawn, sound, history, answered, stored, priceTable);
        Kept kept = paid.keep(drawn.picture(), image, finalUpdate(call, history, event.apply(answered)));
        chaos.at(Failpoint.KEPT);
        writer.put(call.job(), image, kept.picture().path());
        RenderCompleted completed = event.apply(clock.instant());
        Step step = writer.finish(finalUpdate(call, history, completed), completed);
        kept.done();
        return step;
    }

    private FinalUpdate finalUpdate(ModelCall call, History history, RenderEvent event) {
        return ledger.finalUpdate(call.claim(), history, event, call.job().record(), clock.instant());
    }

    private Step notDrawn(ModelCall call, NotDrawn failure) {
        Instant answered = clock.instant();
        Attempt attempt = call.notDrawn(failure, answered);
        listener.onAttempt(attempt, call.model().provider());
        History history = call.claim().history().plus(attempt, failure.usage());
        Duration waited = Duration.between(history.attempts().getFirst().startedAt(), answered);
        return switch (retries.next(failure, history, waited, call.job().job().onUnknown())) {
            case Next.Retry again
            when affordable(call.job().job().budget(), history, call.routed()) ->
                writer.park(call.claim(), history, again.pause());
            case Next.Retry _, Next.GiveUp _ ->
                finish(call.job(), call.claim(), history, call.failed(failure, history, priceTable));
        };
    }

    /** Whether the budget covers another call beside all attempts that may have been billed. */
    private static boolean affordable(@Nullable Budget budget, History history, Routed routed) {
        return budget == null || history.usdMicros() + routed.worstUsdMicros() <= budget.maxUsdMicros();
    }

    private Step finish(AcceptedJob job, Claim claim, History history, RenderEvent event) {
        return writer.finish(ledger.finalUpdate(claim, history, event, job.record(), clock.instant()), event);
    }
}
