package dev.renderfleet.worker.job;

import dev.renderfleet.catalogue.Route;
import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.worker.ledger.ClaimResult;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.ledger.Submission;
import dev.renderfleet.worker.limits.Permit;
import dev.renderfleet.worker.limits.PermitResult;
import dev.renderfleet.worker.limits.QuotaDemand;
import dev.renderfleet.worker.storage.Pause;
import dev.renderfleet.worker.storage.StorageException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs one job to its outcome: route, wait for the permit, claim, then {@link RenderAttempt}. Blocks its (virtual) thread, in a slot
 * while it works and without one while it waits. A returned outcome is in the ledger or cost nothing; the caller publishes it. Safe
 * for use by many threads.
 */
public final class JobRunner {

    private static final Logger LOG = Logger.getLogger(JobRunner.class);

    /** Part of a lease beyond the call's time-out: to fetch references, check and store. */
    private static final Duration LEASE_MARGIN = Duration.ofMinutes(4);

    private static final Duration BUSY_POLL_MAX = Duration.ofSeconds(5);
    private static final Duration BUSY_POLL_MIN = Duration.ofMillis(250);
    /** Between reads of a ledger entry that cannot be decoded. */
    private static final Duration REPAIR_POLL = Duration.ofSeconds(30);

    private static final Duration STORAGE_RETRY = Duration.ofSeconds(5);
    /** During a long wait, so that a reassigned job leaves the window soon. */
    private static final Duration REASSIGNMENT_POLL = Duration.ofSeconds(30);

    private static final Duration SPOOL_POLL = Duration.ofSeconds(5);

    private final Ledger ledger;
    private final Router router;
    private final Capacity capacity;
    private final RenderAttempt attempt;
    private final Pause pause;
    private final InstantSource clock;

    public JobRunner(
            Ledger ledger, Router router, Capacity capacity, RenderAttempt attempt, Pause pause, InstantSource clock) {
        this.ledger = ledger;
        this.router = router;
        this.capacity = capacity;
        this.attempt = attempt;
        this.pause = pause;
        this.clock = clock;
    }

    /** Result of one step of a job. */
    sealed interface Step {
        /** The job has an outcome. */
        record Terminal(RenderEvent event) implements Step {}

        /** The next step begins after {@code pause}. */
        record RetryAfter(Duration pause) implements Step {}

        /** Storage is unavailable; the last write may have happened. */
        record StorageUnavailable() implements Step {}
    }

    /** Runs the job to its outcome, or releases it on a drain or a reassignment. Expected failures are outcomes, not exceptions. */
    public JobResult run(AcceptedJob job) {
        boolean mayHoldAClaim = false;
        while (true) {
            Step step = nextStep(job);
            if (step instanceof Step.Terminal(var event)) {
                return new JobResult.Outcome(event);
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
                LOG.warnf("storage unavailable, the failed job waits: %s", e.getMessage());
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
                LOG.warnf("cannot release claim, retrying: %s", e.getMessage());
                mayExist = pause.pause(STORAGE_RETRY);
            }
        }
    }

    /** False on a drain or a reassignment. */
    private boolean waitFor(AcceptedJob job, @Nullable Step step) {
        return switch (step) {
            case Step.RetryAfter(var wait) -> waitFor(job, untilDeadline(job, wait));
            case Step.StorageUnavailable() -> waitFor(job, untilDeadline(job, STORAGE_RETRY));
            case Step.Terminal _ -> false;
            case null -> false;
        };
    }

    private boolean waitFor(AcceptedJob job, Duration wait) {
        Duration left = wait;
        while (left.compareTo(REASSIGNMENT_POLL) > 0) {
            if (!pause.pause(REASSIGNMENT_POLL) || job.reassigned().getAsBoolean()) {
                return false;
            }
            left = left.minus(REASSIGNMENT_POLL);
        }
        return pause.pause(left);
    }

    /** Null on a drain or a reassignment. */
    private @Nullable Step nextStep(AcceptedJob job) {
        if (job.reassigned().getAsBoolean()) {
            return null;
        }
        Instant now = clock.instant();
        return switch (router.route(job.job(), LocalDate.ofInstant(now, ZoneOffset.UTC))) {
            case Route.Unroutable(var code, var field, var message) -> inSlot(() -> refuse(job, code, field, message));
            case Routed routed ->
                isBeforeNotBefore(job, now) ? inSlot(() -> refuseNotBefore(job)) : acquirePermit(job, routed);
        };
    }

    /** Waits for the model's permit. */
    private @Nullable Step acquirePermit(AcceptedJob job, Routed routed) {
        var demand = new QuotaDemand(
                routed.model().provider(),
                routed.model().id(),
                1,
                routed.model()
                        .inputTokens(
                                job.job().prompt().resolved().length(),
                                job.job().references().size()));
        // A replay needs no call, so it does not wait for the end of a hold.
        Step replayed = capacity.limiter().isHeld(demand) ? inSlot(() -> replayIfTerminal(job)) : null;
        return replayed instanceof Step.Terminal ? replayed : runWithPermit(job, routed, demand);
    }

    private @Nullable Step runWithPermit(AcceptedJob job, Routed routed, QuotaDemand demand) {
        return switch (capacity.limiter()
                .acquire(demand, job.published(), job.job().deadline(), job.reassigned())) {
            case PermitResult.Granted(var permit) -> {
                try (permit) {
                    int calls = capacity.slots().used();
                    Step step = capacity.roomForCalls().test(calls)
                            ? orStorageUnavailable(() -> claimAndRun(job, routed, permit))
                            : spoolFull(calls);
                    // Ignored if a call was made, since its result is recorded first.
                    permit.unused();
                    yield step;
                }
            }
            case PermitResult.DeadlinePassed() -> inSlot(() -> refuseDeadlinePassed(job));
            case PermitResult.Aborted() -> null;
        };
    }

    private Step replayIfTerminal(AcceptedJob job) {
        return ledger.peek(job.id(), job.fingerprint(), job.submission()) instanceof ClaimResult.Terminal ended
                ? new Step.Terminal(OutcomeEvents.replay(ended, job.ref()))
                : new Step.RetryAfter(Duration.ZERO);
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
            LOG.warnf("storage unavailable, job waits: %s", e.getMessage());
            return new Step.StorageUnavailable();
        }
    }

    private static Step spoolFull(int calls) {
        LOG.warnf(
                "the spool's disk has no room for the pictures of %d calls at once, the job waits; make room there",
                calls);
        return new Step.RetryAfter(SPOOL_POLL);
    }

    private static boolean isBeforeNotBefore(AcceptedJob job, Instant now) {
        Instant notBefore = job.job().notBefore();
        return notBefore != null && now.isBefore(notBefore);
    }

    private Step refuseNotBefore(AcceptedJob job) {
        return refuse(
                job,
                FailureCode.UNSUPPORTED,
                "notBefore",
                "render.jobs is for jobs that may run now; publish to render.requests to have it scheduled");
    }

    private Step refuseDeadlinePassed(AcceptedJob job) {
        return refuse(job, FailureCode.DEADLINE_PASSED, "deadline", "the deadline passed before the job was started");
    }

    private Step claimAndRun(AcceptedJob job, Routed routed, Permit permit) {
        Instant now = clock.instant();
        Duration lease = routed.model().timeout().plus(LEASE_MARGIN);
        // Without references the call follows the claim at once, so one write records both.
        Stage stage = job.job().references().isEmpty() ? Stage.SENT : Stage.PREPARED;
        var pending = new PendingCall(routed.model().id(), stage, now, routed.worstUsdMicros());
        return switch (ledger.claim(job.id(), job.fingerprint(), job.submission(), lease, pending)) {
            case ClaimResult.Granted(var claim) -> attempt.run(job, routed, claim, permit);
            case ClaimResult.Busy busy -> new Step.RetryAfter(busyPoll(busy.retryAfter()));
            case ClaimResult.Terminal ended -> new Step.Terminal(OutcomeEvents.replay(ended, job.ref()));
            case ClaimResult.Conflict() -> new Step.Terminal(OutcomeEvents.conflict(job));
            case ClaimResult.Unreadable entry -> waitForRepair(entry);
            case ClaimResult.Unfinished _ -> throw new IllegalStateException("a claim takes what was begun");
        };
    }

    /** Rejects the job, unless it has an outcome already, which is replayed, or attempts, whose cost its failure reports. */
    private Step refuse(AcceptedJob job, FailureCode code, @Nullable String field, String message) {
        ClaimResult known = ledger.peek(job.id(), job.fingerprint(), job.submission());
        return switch (known) {
            case ClaimResult.Terminal ended -> new Step.Terminal(OutcomeEvents.replay(ended, job.ref()));
            case ClaimResult.Conflict() -> new Step.Terminal(OutcomeEvents.conflict(job));
            case ClaimResult.Unreadable entry -> waitForRepair(entry);
            case ClaimResult.Busy busy -> new Step.RetryAfter(busyPoll(busy.retryAfter()));
            case ClaimResult.Unfinished _ -> closeUnfinished(job, code, field, message);
            case ClaimResult.Granted _ -> throw new IllegalStateException("a peek claims nothing");
            case null -> new Step.Terminal(OutcomeEvents.rejected(job, code, field, message));
        };
    }

    /** Ends a job with earlier attempts, under a claim for no call. */
    private Step closeUnfinished(AcceptedJob job, FailureCode code, @Nullable String field, String message) {
        var none = new PendingCall("none", Stage.PREPARED, clock.instant(), 0);
        return switch (ledger.claim(job.id(), job.fingerprint(), job.submission(), LEASE_MARGIN, none)) {
            case ClaimResult.Granted(var claim) -> attempt.refuse(job, claim, code, field, message);
            case ClaimResult.Busy busy -> new Step.RetryAfter(busyPoll(busy.retryAfter()));
            case ClaimResult.Terminal ended -> new Step.Terminal(OutcomeEvents.replay(ended, job.ref()));
            case ClaimResult.Conflict() -> new Step.Terminal(OutcomeEvents.conflict(job));
            case ClaimResult.Unreadable entry -> waitForRepair(entry);
            case ClaimResult.Unfinished _ -> throw new IllegalStateException("a claim takes what was begun");
        };
    }

    /** Publishes nothing, since it could contradict an earlier outcome. */
    private static Step waitForRepair(ClaimResult.Unreadable entry) {
        LOG.errorf(
                "the job waits, for its ledger entry %s cannot be read (%s); restore it, or update this worker if a"
                        + " newer one wrote it, or delete it if the job may be called anew",
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
