package dev.renderfleet.worker.job;

import dev.renderfleet.catalogue.Route;
import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.worker.inputs.CallInputs;
import dev.renderfleet.worker.inputs.JobInputs;
import dev.renderfleet.worker.inputs.ParentState;
import dev.renderfleet.worker.ledger.Claim;
import dev.renderfleet.worker.ledger.ClaimResult;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.ledger.Submission;
import dev.renderfleet.worker.limits.Permit;
import dev.renderfleet.worker.limits.PermitResult;
import dev.renderfleet.worker.limits.QuotaDemand;
import dev.renderfleet.worker.limits.TaskPlace;
import dev.renderfleet.worker.references.FetchOutcome;
import dev.renderfleet.worker.storage.Pause;
import dev.renderfleet.worker.storage.StorageException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs one job to its outcome: route, fetch references, wait for the permit, claim, then {@link RenderAttempt}. Blocks its (virtual)
 * thread, in a slot while it works and without one while it waits or fetches references. A returned outcome is in the ledger or cost
 * nothing; the caller publishes it. Safe for use by many threads.
 */
public final class JobRunner {

    private static final Logger LOG = Logger.getLogger(JobRunner.class);

    /** Part of a lease beyond the call's time-out: to check and store. */
    private static final Duration LEASE_MARGIN = Duration.ofMinutes(2);

    /** Of a claim whose model is not known yet; longer than tasks take. */
    private static final Duration RESUME_LEASE = Duration.ofMinutes(15);

    private static final Duration BUSY_POLL_MAX = Duration.ofSeconds(5);
    private static final Duration BUSY_POLL_MIN = Duration.ofMillis(250);
    /** Between reads of a ledger entry that cannot be decoded. */
    private static final Duration REPAIR_POLL = Duration.ofSeconds(30);

    private static final Duration STORAGE_RETRY = Duration.ofSeconds(5);
    /** During a long wait, so that a reassigned or canceled job leaves the window soon. */
    private static final Duration REASSIGNMENT_POLL = Duration.ofSeconds(30);

    private static final Duration SPOOL_POLL = Duration.ofSeconds(5);
    /** While jobs that other workers can render wait for their partition to be another worker's. */
    private static final Duration HANDOVER_POLL = Duration.ofSeconds(2);

    private static final String ACCOUNT_REFUSED =
            "the provider has refused the account for as long as a job may wait; publish again after the account is"
                    + " repaired";

    private final Ledger ledger;
    private final RoutePlanner routes;
    private final Capacity capacity;
    private final RenderAttempt attempt;
    private final Pause pause;
    private final InstantSource clock;

    public JobRunner(
            Ledger ledger,
            RoutePlanner routes,
            Capacity capacity,
            RenderAttempt attempt,
            Pause pause,
            InstantSource clock) {
        this.ledger = ledger;
        this.routes = routes;
        this.capacity = capacity;
        this.attempt = attempt;
        this.pause = pause;
        this.clock = clock;
    }

    /** Runs the job to its outcome, or releases it on a drain or a reassignment. Expected failures are outcomes, not exceptions. */
    public JobResult run(AcceptedJob job) {
        JobInputs inputs = capacity.inputs().of(job.job(), job.referenceDemand());
        History history = History.NONE;
        boolean mayHoldAClaim = false;
        try (TaskPlace task = capacity.limiter().taskPlace()) {
            while (true) {
                Step step = nextStep(job, inputs, history, task);
                task.at(running(job, step));
                if (step instanceof Step.Terminal(var event, var record)) {
                    return new JobResult.Outcome(event, record);
                }
                if (step instanceof Step.RetryAfter(var _, var known, var _) && known != null) {
                    history = known;
                }
                mayHoldAClaim |= step instanceof Step.StorageUnavailable;
                if (!waitFor(job, step)) {
                    if (mayHoldAClaim) {
                        release(job);
                    }
                    return new JobResult.Released();
                }
            }
        }
    }

    /** The model whose task goes on while the job waits. */
    private Stream<QuotaDemand> running(AcceptedJob job, @Nullable Step step) {
        return step instanceof Step.RetryAfter(var _, var _, var model) && model != null
                ? running(job, model)
                : Stream.empty();
    }

    private Stream<QuotaDemand> running(AcceptedJob job, String model) {
        Routed routed = routes.called(model, job.job(), 0);
        return routed == null
                ? Stream.empty()
                : Stream.of(QuotaDemand.ofTask(
                        routed.model().provider(), routed.model().id()));
    }

    /**
     * Ends a job after a fault of this worker. Waits while storage is unavailable, but for a shutdown.
     *
     * @param event of the attempts that no event has reported yet
     */
    public RenderEvent endAfterFault(JobId job, Submission by, Function<History, RenderFailed> event) {
        while (true) {
            try {
                return ledger.endAfterFault(job, by, event, clock.instant());
            } catch (StorageException e) {
                LOG.warnf("storage unavailable, the failed job waits, cause=%s", e.getMessage());
                if (!pause.pause(STORAGE_RETRY)) {
                    return event.apply(History.NONE);
                }
            }
        }
    }

    /** Releases a claim that may exist: no other worker could take it over while this one is a group member. */
    private void release(AcceptedJob job) {
        boolean mayExist = true;
        while (mayExist) {
            try {
                ledger.release(job.id(), job.submission());
                mayExist = false;
            } catch (StorageException e) {
                LOG.warnf("claim not released, retrying, cause=%s", e.getMessage());
                mayExist = pause.pause(STORAGE_RETRY);
            }
        }
    }

    /** False on a drain or a reassignment. */
    private boolean waitFor(AcceptedJob job, @Nullable Step step) {
        return switch (step) {
            case Step.RetryAfter(var wait, var _, var _) -> waitFor(job, untilDeadline(job, wait));
            case Step.StorageUnavailable() -> waitFor(job, untilDeadline(job, STORAGE_RETRY));
            case Step.Terminal _, Step.Callable _ -> throw new IllegalStateException("nothing to wait for");
            case null -> false;
        };
    }

    private boolean waitFor(AcceptedJob job, Duration wait) {
        Duration left = wait;
        while (left.compareTo(REASSIGNMENT_POLL) > 0) {
            if (!pause.pause(REASSIGNMENT_POLL) || job.reassigned().getAsBoolean()) {
                return false;
            }
            if (isCanceled(job)) {
                return true;
            }
            left = left.minus(REASSIGNMENT_POLL);
        }
        return pause.pause(left);
    }

    /**
     * Null on a drain or a reassignment.
     *
     * @param history as far as this worker knows it
     */
    private @Nullable Step nextStep(AcceptedJob job, JobInputs inputs, History history, TaskPlace task) {
        if (job.reassigned().getAsBoolean()) {
            return null;
        }
        if (isCanceled(job)) {
            return inSlot(() ->
                    inLedger(job, List.of(), task, _ -> claimWithoutCall(job, claim -> attempt.cancel(job, claim))));
        }
        Instant now = clock.instant();
        RoutePlan plan = routes.plan(job.job(), history);
        return switch (plan.route()) {
            case Route.Unroutable _
            when capacity.lacksProvider().getAsBoolean() && routes.isRoutable(job.job(), history) ->
                job.isDeadlinePassed(now)
                        ? inSlot(() -> refuseDeadlinePassed(job))
                        : new Step.RetryAfter(HANDOVER_POLL);
            case Route.Unroutable(var code, var field, var message) -> inSlot(() -> refuse(job, code, field, message));
            case Routed _ ->
                job.isBeforeNotBefore(now) ? inSlot(() -> refuseNotBefore(job)) : fetchAndCall(job, plan, inputs, task);
        };
    }

    /**
     * Before anything is fetched, and where the job may wait for long, the ledger says whether the job needs a call: a running task must
     * be asked for before its result expires. It may be of any candidate.
     */
    private @Nullable Step fetchAndCall(AcceptedJob job, RoutePlan plan, JobInputs inputs, TaskPlace task) {
        QuotaDemand demand = plan.demand(job.job());
        List<QuotaDemand> mayRun = plan.models()
                .filter(model -> attempt.mayResume(model.provider()))
                .map(model -> QuotaDemand.ofTask(model.provider(), model.id()))
                .toList();
        if (job.job().inputImages() > 0 || capacity.limiter().isHeld(demand) || !mayRun.isEmpty()) {
            Step known = inSlot(() -> inLedger(job, mayRun, task, history -> afterParent(job, inputs, history)));
            if (!(known instanceof Step.Callable(var history))) {
                return known;
            }
            if (!plan.isFor(history)) {
                return new Step.RetryAfter(Duration.ZERO, history);
            }
        }
        return switch (inputs.fetch(plan.routed().model())) {
            case FetchOutcome.Fetched fetched -> {
                try (fetched) {
                    yield acquirePermit(
                            job, plan, inputs.of(fetched, plan.routed().model()), task);
                }
            }
            case FetchOutcome.Later later -> {
                LOG.infof(
                        "job waits for a reference, seconds=%d reason=%s",
                        later.retryAfter().toSeconds(), later.message());
                yield new Step.RetryAfter(later.retryAfter());
            }
            case FetchOutcome.Refused(var code, var field, var message) ->
                inSlot(() -> endWithoutCall(job, code, field, message));
            case FetchOutcome.LocalFault(var reason) -> {
                LOG.warnf("this worker cannot fetch references, the job waits, reason=%s", reason);
                yield new Step.RetryAfter(SPOOL_POLL);
            }
            case FetchOutcome.DeadlinePassed() -> inSlot(() -> refuseDeadlinePassed(job));
            case FetchOutcome.Aborted() -> null;
        };
    }

    private boolean isCanceled(AcceptedJob job) {
        return capacity.cancellations().include(job.id(), job.record());
    }

    /** Waits for the model's permit. */
    private @Nullable Step acquirePermit(AcceptedJob job, RoutePlan plan, CallInputs inputs, TaskPlace task) {
        QuotaDemand demand = plan.demand(job.job());
        return switch (capacity.limiter()
                .acquire(
                        demand,
                        job.published(),
                        job.job().deadline(),
                        plan.heldUntilMax(),
                        () -> job.reassigned().getAsBoolean() || isCanceled(job))) {
            case PermitResult.Granted(var permit) -> {
                try (permit) {
                    int calls = capacity.slots().used() + capacity.inputs().downloads();
                    Step step = capacity.roomForCalls().test(calls)
                            ? orStorageUnavailable(() -> claimAndRun(job, plan, inputs, permit))
                            : spoolFull(calls);
                    // Ignored if a call was sent.
                    permit.unused();
                    // Before the permit's place is free.
                    task.at(running(job, step));
                    yield step;
                }
            }
            case PermitResult.HeldTooLong() -> {
                LOG.infof("model is held, the job looks for another, model=%s", demand.model());
                yield new Step.RetryAfter(Duration.ZERO);
            }
            case PermitResult.DeadlinePassed() -> inSlot(() -> refuseDeadlinePassed(job));
            case PermitResult.AccountRefused(var code) -> inSlot(() -> refuse(job, code, "model", ACCOUNT_REFUSED));
            case PermitResult.Aborted() -> isCanceled(job) ? new Step.RetryAfter(Duration.ZERO) : null;
        };
    }

    /**
     * Resumes a running task, or does what the ledger says; else what is to follow.
     *
     * @param mayRun the models of which the entry may have a running task before it is read, so that new calls wait for the read
     */
    private Step inLedger(AcceptedJob job, List<QuotaDemand> mayRun, TaskPlace task, Function<History, Step> then) {
        task.at(mayRun.stream());
        ClaimResult known = ledger.peek(job.id(), job.fingerprint(), job.submission());
        PendingCall running = known instanceof ClaimResult.Unfinished(var call, var _) ? call : null;
        task.at(running == null ? Stream.empty() : running(job, running.model()));
        return switch (known) {
            case null -> then.apply(History.NONE);
            case ClaimResult.Unfinished(var _, var history) ->
                running == null ? then.apply(history) : claimWithoutCall(job, this::callable);
            case ClaimResult _ -> after(known, job);
        };
    }

    /** An edit waits until the job whose image it edits has completed. */
    private Step afterParent(AcceptedJob job, JobInputs inputs, History history) {
        return switch (inputs.parent()) {
            case ParentState.Ready() -> new Step.Callable(history);
            case ParentState.Unfinished(var askAfter) -> new Step.RetryAfter(askAfter);
            case ParentState.Refused(var code, var field, var message) -> endWithoutCall(job, code, field, message);
        };
    }

    private @Nullable Step inSlot(Supplier<Step> step) {
        if (!capacity.slots().acquire()) {
            return null;
        }
        try {
            return orStorageUnavailable(step);
        } finally {
            capacity.slots().release();
        }
    }

    private static Step orStorageUnavailable(Supplier<Step> step) {
        try {
            return step.get();
        } catch (StorageException e) {
            LOG.warnf("storage unavailable, job waits, cause=%s", e.getMessage());
            return new Step.StorageUnavailable();
        }
    }

    private static Step spoolFull(int calls) {
        // Each job of the window comes here every few seconds; the operator's message is the intake watch's.
        LOG.debugf(
                "the spool has no room for an image of each call, or cannot be written; the job waits, calls=%d",
                calls);
        return new Step.RetryAfter(SPOOL_POLL);
    }

    private Step refuseNotBefore(AcceptedJob job) {
        return refuse(
                job,
                FailureCode.UNSUPPORTED,
                "notBefore",
                "a worker does not wait for notBefore; publish the job when it may run");
    }

    private Step refuseDeadlinePassed(AcceptedJob job) {
        return refuse(job, FailureCode.DEADLINE_PASSED, "deadline", "the deadline passed before the job was started");
    }

    /** The call follows the claim at once, so one write records both. What the ledger knows may lead to another model. */
    private Step claimAndRun(AcceptedJob job, RoutePlan plan, CallInputs inputs, Permit permit) {
        Routed routed = plan.routed();
        Duration lease = routed.model().timeout().plus(LEASE_MARGIN);
        var call = new PendingCall(routed.model().id(), Stage.SENT, clock.instant(), routed.worstUsdMicros());
        ClaimResult result = ledger.claim(job.id(), job.fingerprint(), job.submission(), lease, call);
        return granted(
                result,
                job,
                claim -> plan.isFor(claim.history())
                                || routes.plan(job.job(), claim.history()).calls(routed.model())
                        ? attempt.run(job, routed, claim, inputs, permit)
                        : attempt.leave(claim, null, Duration.ZERO));
    }

    /** Rejects the job, unless it has an outcome already, which is replayed, or attempts, whose cost its failure reports. */
    private Step refuse(AcceptedJob job, FailureCode code, @Nullable String field, String message) {
        ClaimResult known = ledger.peek(job.id(), job.fingerprint(), job.submission());
        return switch (known) {
            case null -> attempt.refuseUncalled(job, code, field, message);
            case ClaimResult.Unfinished _ -> endWithoutCall(job, code, field, message);
            case ClaimResult _ -> after(known, job);
        };
    }

    /** Ends a job under a claim for no call: its outcome and earlier attempts are in the ledger. */
    private Step endWithoutCall(AcceptedJob job, FailureCode code, @Nullable String field, String message) {
        return claimWithoutCall(job, claim -> attempt.refuse(job, claim, code, field, message));
    }

    private Step claimWithoutCall(AcceptedJob job, Function<Claim, Step> then) {
        var none = new PendingCall("none", Stage.PREPARED, clock.instant(), 0);
        return granted(ledger.claim(job.id(), job.fingerprint(), job.submission(), RESUME_LEASE, none), job, then);
    }

    /** Resumes the claim's running call, if any; what the job asks for otherwise is decided after that. */
    private Step granted(ClaimResult result, AcceptedJob job, Function<Claim, Step> then) {
        if (!(result instanceof ClaimResult.Granted(var claim))) {
            return after(result, job);
        }
        PendingCall running = claim.entry().running();
        return running == null ? then.apply(claim) : resume(job, claim, running);
    }

    private Step resume(AcceptedJob job, Claim claim, PendingCall running) {
        Routed routed = routes.called(running.model(), job.job(), running.worstUsdMicros());
        if (routed == null || !attempt.mayResume(routed.model().provider())) {
            LOG.errorf(
                    "the provider works on job %s, but this worker cannot ask for it; set the provider up, or restore"
                            + " the model in the catalogue, model=%s",
                    job.id(), running.model());
            return attempt.leave(claim, running, REPAIR_POLL);
        }
        int calls = capacity.slots().used() + capacity.inputs().downloads();
        return capacity.roomForCalls().test(calls)
                ? attempt.resume(job, routed, claim, running)
                : attempt.leave(claim, running, SPOOL_POLL);
    }

    /** The task ended before this claim of it. */
    private Step callable(Claim claim) {
        return attempt.leave(claim, null, Duration.ZERO);
    }

    /** What follows where the ledger forbids a call. */
    private static Step after(ClaimResult known, AcceptedJob job) {
        return switch (known) {
            case ClaimResult.Terminal ended -> new Step.Terminal(OutcomeEvents.replay(ended, job), ended.record());
            case ClaimResult.Conflict() -> new Step.Terminal(OutcomeEvents.conflict(job), job.record());
            case ClaimResult.Busy busy -> new Step.RetryAfter(busyPoll(busy.retryAfter()));
            case ClaimResult.Unreadable entry -> waitForRepair(entry);
            case ClaimResult.Granted _, ClaimResult.Unfinished _ ->
                throw new IllegalStateException("does not forbid a call: " + known);
        };
    }

    /** Publishes nothing, since it could contradict an earlier outcome. */
    private static Step waitForRepair(ClaimResult.Unreadable entry) {
        LOG.errorf(
                "the job waits, its ledger entry cannot be read; restore it, or update this worker if a newer one wrote"
                        + " it, or delete it if the job may be called anew, entry=%s cause=%s",
                entry.key(), entry.reason());
        return new Step.RetryAfter(REPAIR_POLL);
    }

    /** Cuts a wait at the job's deadline. */
    private Duration untilDeadline(AcceptedJob job, Duration wanted) {
        Instant deadline = job.job().deadline();
        if (deadline == null) {
            return wanted;
        }
        Duration left = Duration.between(clock.instant(), deadline).plusMillis(1);
        return left.isPositive() && left.compareTo(wanted) < 0 ? left : wanted;
    }

    private static Duration busyPoll(Duration retryAfter) {
        if (retryAfter.compareTo(BUSY_POLL_MIN) < 0) {
            return BUSY_POLL_MIN;
        }
        return retryAfter.compareTo(BUSY_POLL_MAX) > 0 ? BUSY_POLL_MAX : retryAfter;
    }
}
