package dev.renderfleet.worker.job;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.worker.job.ImageStore.Refused;
import dev.renderfleet.worker.job.RetryPolicy.Next;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.FinalUpdate;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.ResultRecorder;
import dev.renderfleet.worker.pictures.PictureCheck.InvalidPicture;
import dev.renderfleet.worker.pictures.Spool.Kept;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Ends an attempt: checks and stores the picture, or decides what follows a failure, and updates the ledger. Retries storing a paid
 * picture while storage is unavailable rather than draw another. Safe for use by many threads.
 */
public final class Finisher {

    /** Not the job's fault, so never a rejection. */
    private static final Set<FailureCode> ACCOUNT_CODES =
            Set.of(FailureCode.PROVIDER_AUTH, FailureCode.PROVIDER_BILLING, FailureCode.RATE_LIMITED);

    private final DurableWriter writer;
    private final ImageStore images;
    private final RoutePlanner routes;
    private final ModelCatalogue catalogue;
    private final AttemptListener listener;
    private final InstantSource clock;

    /** @param catalogue of which all costs are computed */
    public Finisher(
            DurableWriter writer,
            ImageStore images,
            RoutePlanner routes,
            ModelCatalogue catalogue,
            AttemptListener listener,
            InstantSource clock) {
        this.writer = writer;
        this.images = images;
        this.routes = routes;
        this.catalogue = catalogue;
        this.listener = listener;
        this.clock = clock;
    }

    /**
     * Ends the job, or releases its claim until the next attempt.
     *
     * @param recorder of the result of the check
     */
    Step finish(ModelCall call, ModelAnswer answer, ResultRecorder recorder) {
        return switch (answer) {
            case NotDrawn failure -> failed(call, failure);
            case StillRunning running -> stillRunning(call, running);
            case Drawn drawn -> {
                try (drawn) {
                    yield checked(call, drawn, recorder);
                }
            }
        };
    }

    /** Stores the valid pictures, and those that are not in quarantine. */
    private Step checked(ModelCall call, Drawn drawn, ResultRecorder recorder) {
        CheckedAnswer answer = CheckedAnswer.of(drawn, call);
        List<Refused> refused = answer.invalid().stream()
                .map(each ->
                        images.describeRefused(call.job(), each.picture().file().path()))
                .toList();
        List<String> keys = refused.stream().map(Refused::key).toList();
        if (!answer.valid().isEmpty()) {
            recorder.answered();
            return store(call, answer, refused, keys);
        }
        InvalidPicture first = answer.invalid().getFirst().check();
        recorder.resultRefused(first.reason().name());
        NotDrawn failure = asFailure(first, drawn);
        Attempt attempt =
                call.notDrawn(failure, drawn.picturesBilled(), answering(call, drawn.modelVersion()), clock.instant());
        refused.forEach(writer::quarantine);
        return failed(call, failure, attempt.inQuarantine(keys));
    }

    /** The model that answered, and that is billed: a provider may route a model to another one. */
    private ModelCard answering(ModelCall call, @Nullable String modelVersion) {
        ModelCard card =
                modelVersion == null ? null : catalogue.ofVersion(call.model().provider(), modelVersion);
        return card == null ? call.model() : card;
    }

    private static NotDrawn asFailure(InvalidPicture invalid, Drawn drawn) {
        return new NotDrawn(
                FailureKind.RESULT_INVALID,
                invalid.reason().name(),
                invalid.detail(),
                null,
                drawn.usage(),
                drawn.responseId(),
                drawn.statedUsdMicros(),
                drawn.modelVersion());
    }

    private Step store(ModelCall call, CheckedAnswer answer, List<Refused> refused, List<String> refusedKeys) {
        Instant answered = clock.instant();
        List<Image> stored = answer.valid().stream()
                .map(each -> images.describe(call.job(), each.check()))
                .toList();
        Attempt attempt = call.drawn(answer, answering(call, answer.drawn().modelVersion()), answered);
        Attempt withRefused = attempt.inQuarantine(refusedKeys);
        listener.onAttempt(withRefused, call.model().provider());
        History noted = call.claim().history().plus(attempt, answer.drawn().usage());
        History history =
                call.claim().history().plus(withRefused, answer.drawn().usage());
        BiFunction<History, Instant, RenderCompleted> event =
                (made, end) -> call.completed(stored, answer, made, answered, end, catalogue.version());
        boolean complete = stored.size() >= call.imagesLeft();
        BiFunction<History, Instant, FinalUpdate> update = (made, end) -> complete
                ? writer.ending(call.job(), call.claim(), made, event.apply(made, end))
                : writer.partial(call.claim(), made.delivering(event.apply(made, end)));
        List<SpoolFile> files =
                answer.valid().stream().map(each -> each.picture().file()).toList();
        // After a crash this update ends the job. It names no picture in quarantine, where none is yet.
        Kept paid = writer.keep(files, stored, update.apply(noted, answered));
        refused.forEach(writer::quarantine);
        writer.put(stored, paid);
        DrawRequest request = ModelCaller.request(call, call.model().timeout());
        for (int i = 0; i < stored.size(); i++) {
            call.inputs()
                    .keepSession(
                            request,
                            stored.get(i),
                            answer.valid().get(i).picture().reply());
        }
        Instant end = clock.instant();
        Step then = complete
                ? new Step.Terminal(event.apply(history, end), call.job().record())
                : new Step.RetryAfter(Duration.ZERO, history.delivering(event.apply(history, end)));
        Step step = writer.apply(() -> update.apply(history, end), then);
        paid.done();
        return step;
    }

    /** Releases the claim with its task, which the next run of the job resumes; for as long as a job may wait. */
    private Step stillRunning(ModelCall call, StillRunning running) {
        if (Duration.between(call.started(), clock.instant()).compareTo(ModelLimiter.REFUSED_WAIT_MAX) >= 0) {
            return failed(
                    call,
                    new NotDrawn(
                            FailureKind.UNKNOWN_OUTCOME,
                            "TASK_UNFINISHED",
                            "the provider did not say what became of its task",
                            null,
                            Usage.NONE,
                            running.task()));
        }
        PendingCall task = call.claim().entry().pending().accepted(running.task());
        return writer.park(call.claim(), call.claim().history(), task, running.askAfter());
    }

    /** Retries or ends the job after a call without a picture. */
    Step failed(ModelCall call, NotDrawn failure) {
        return failed(
                call, failure, call.notDrawn(failure, 0, answering(call, failure.modelVersion()), clock.instant()));
    }

    private Step failed(ModelCall call, NotDrawn failure, Attempt attempt) {
        listener.onAttempt(attempt, call.model().provider());
        History history = call.claim().history().plus(attempt, failure.usage());
        return switch (routes.next(call, failure, history)) {
            case Next.Retry(var pause) -> writer.park(call.claim(), history, null, pause);
            case Next.GiveUp() ->
                end(call.job(), call.claim(), history, call.failed(failure, history, catalogue.version()));
        };
    }

    /** Ends the job with {@code event}, or with the images of earlier calls if there are any. */
    private Step end(AcceptedJob job, Claim claim, History history, RenderEvent event) {
        return writer.finish(job, claim, history, OutcomeEvents.partly(history, event, catalogue.version()));
    }

    /** Ends a job without another call: rejected if nothing was spent, else failed with its cost. */
    Step refuse(AcceptedJob job, Claim claim, FailureCode code, @Nullable String field, String message) {
        History history = claim.history();
        return end(job, claim, history, refused(job, history, code, field, message));
    }

    /** Ends a canceled job with the cost of its calls so far. */
    Step cancel(AcceptedJob job, Claim claim) {
        History history = claim.history();
        return end(job, claim, history, OutcomeEvents.canceled(job, history, catalogue.version()));
    }

    /** Ends a job that was never called; it may be published again as if for the first time. */
    Step refuseUncalled(AcceptedJob job, FailureCode code, @Nullable String field, String message) {
        return new Step.Terminal(refused(job, History.NONE, code, field, message), job.record());
    }

    private RenderEvent refused(
            AcceptedJob job, History history, FailureCode code, @Nullable String field, String message) {
        return history.usdMicros() == 0 && !ACCOUNT_CODES.contains(code)
                ? OutcomeEvents.rejected(job, code, field, message)
                : OutcomeEvents.failed(job, code, message, null, history, catalogue.version());
    }
}
