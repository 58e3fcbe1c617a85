package dev.renderfleet.worker.job;

import dev.renderfleet.catalogue.Health;
import dev.renderfleet.catalogue.Progress;
import dev.renderfleet.catalogue.Ranking;
import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.catalogue.Route.Unroutable;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing.Fallback;
import dev.renderfleet.worker.job.RetryPolicy.Next;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the model of a job's next call from the router's candidates, the holds, and the calls in the job's history, and decides whether
 * a failure leads to another call. The history alone says what was tried, so that each worker decides alike. Safe for use by many threads.
 */
public final class RoutePlanner {

    /** A job waits for a hold that is no longer than this, though another model could draw it. */
    static final Duration HOLD_PATIENCE = Duration.ofSeconds(30);

    /** A job that so many models failed is at fault itself. */
    static final int FAILED_MODELS_MAX = 4;

    private final Router router;
    private final ModelLimiter limiter;
    private final Supplier<Map<String, LocalDate>> shutdowns;
    private final RetryPolicy retries;
    private final InstantSource clock;

    /** @param shutdowns the first day without a model, by its id, as far as providers have said */
    public RoutePlanner(
            Router router,
            ModelLimiter limiter,
            Supplier<Map<String, LocalDate>> shutdowns,
            RetryPolicy retries,
            InstantSource clock) {
        this.router = router;
        this.limiter = limiter;
        this.shutdowns = shutdowns;
        this.retries = retries;
        this.clock = clock;
    }

    /** The plan for the next call, or in it the reason why none follows. */
    RoutePlan plan(RenderJob job, History history) {
        if (RetryPolicy.unknownsForbidAnother(history, job.onUnknown())) {
            var no = new Unroutable(FailureCode.UNKNOWN_OUTCOME, null, FailureMessages.of(FailureKind.UNKNOWN_OUTCOME));
            return new RoutePlan(new Ranking(no, List.of(), List.of()), history, false, Instant.MAX);
        }
        Instant patient = clock.instant().plus(HOLD_PATIENCE);
        Health health = limiter.health(patient).withShutdowns(shutdowns.get());
        Ranking ranking = router.rank(job, health, progress(job, history), today());
        if (ranking.candidates().size() < 2) {
            return new RoutePlan(ranking, history, false, Instant.MAX);
        }
        Instant held = health.heldUntil(ranking.candidates().getFirst().model());
        boolean isHeld = held.isAfter(patient);
        return new RoutePlan(ranking, history, isHeld, isHeld ? held : patient);
    }

    /** Whether the job could be drawn if all providers of the catalogue were set up. */
    boolean isRoutable(RenderJob job, History history) {
        return !RetryPolicy.unknownsForbidAnother(history, job.onUnknown())
                && router.isRoutable(job, Health.GOOD.withShutdowns(shutdowns.get()), progress(job, history), today());
    }

    /** As {@link Router#called}. */
    @Nullable
    Routed called(String model, RenderJob job, long worstUsdMicros) {
        return router.called(model, job, worstUsdMicros);
    }

    /**
     * Decides on a failure.
     *
     * @param history the failed call included
     */
    Next next(ModelCall call, NotDrawn failure, History history) {
        RenderJob job = call.job().job();
        Next sameModel =
                retries.next(failure, history, job.onUnknown(), call.model().rerolls());
        boolean permitted = failure.kind().permits(job.fallback()) && modelsCalled(history) < FAILED_MODELS_MAX;
        if (sameModel instanceof Next.GiveUp && !permitted) {
            return sameModel;
        }
        RoutePlan plan = plan(job, history);
        if (!(plan.route() instanceof Routed routed) || RetryPolicy.paymentsForbidAnother(history)) {
            return new Next.GiveUp();
        }
        String next = routed.model().id();
        boolean uncalled =
                history.attempts().stream().noneMatch(attempt -> attempt.model().equals(next));
        if (uncalled) {
            return new Next.Retry(Duration.ZERO);
        }
        if (failure.kind().retry() == FailureKind.Retry.WAIT) {
            // The gate waits for a hold, and leaves the model if another one is free before.
            boolean atGate = !next.equals(call.model().id()) || plan.held();
            return sameModel instanceof Next.Retry && atGate ? new Next.Retry(Duration.ZERO) : sameModel;
        }
        return progress(job, history).failed().contains(next) ? sameModel : new Next.Retry(Duration.ZERO);
    }

    private static long modelsCalled(History history) {
        return history.attempts().stream().map(Attempt::model).distinct().count();
    }

    /** A job with images, or with a failure that allows no other model, stays with its model. */
    private static Progress progress(RenderJob job, History history) {
        if (history.attempts().isEmpty()) {
            return Progress.NONE;
        }
        long spent = history.usdMicros();
        boolean mayLeave = history.images() == 0
                && history.attempts().stream().allMatch(attempt -> FailureKind.permit(code(attempt), job.fallback()));
        if (!mayLeave) {
            String last = history.attempts().getLast().model();
            return new Progress(spent, last, Set.of(), List.of(last));
        }
        if (job.fallback() == Fallback.NONE) {
            return new Progress(spent, null, Set.of(), List.of());
        }
        Set<String> failed = history.attempts().reversed().stream()
                .filter(attempt -> attempt.usdMicros() > 0 || !FailureKind.isWaitedFor(code(attempt)))
                .map(Attempt::model)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        Set<String> refused = history.attempts().stream()
                .map(Attempt::model)
                .filter(model -> !failed.contains(model))
                .collect(Collectors.toSet());
        return new Progress(spent, null, refused, List.copyOf(failed));
    }

    private static FailureCode code(Attempt attempt) {
        return FailureCode.ofWireName(attempt.outcome());
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }
}
