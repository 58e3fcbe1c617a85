package dev.renderfleet.worker.job;

import dev.renderfleet.catalogue.Route;
import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.catalogue.Router;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.worker.ledger.ClaimResult;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
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
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The straight line of one job: claim, choose a model, call it, check the picture, store it, end the ledger's entry. Blocks its
 * (virtual) thread from the first step to the outcome, in a slot while it works and without one while it waits. An outcome that
 * this returns stands in the ledger already, or cost nothing; announcing it is left to the caller.
 */
public final class JobRunner {

    private static final Logger LOG = Logger.getLogger(JobRunner.class);

    /** Time beside the call that a claim must outlive: fetching references, checking, storing. */
    private static final Duration LEASE_MARGIN = Duration.ofMinutes(4);

    private static final Duration BUSY_POLL_MAX = Duration.ofSeconds(5);
    private static final Duration BUSY_POLL_MIN = Duration.ofMillis(250);
    /** How soon a repaired ledger entry is noticed. */
    private static final Duration REPAIR_LOOK = Duration.ofSeconds(30);

    private static final Duration STORAGE_RETRY = Duration.ofSeconds(5);
    /** During a long wait: no place in the window is kept for a job that is another worker's. */
    private static final Duration LOOK_UP_EVERY = Duration.ofSeconds(30);

    private static final Duration ROOM_LOOK = Duration.ofSeconds(5);

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

    /** One turn in a slot ends the job or says how long to stay away. */
    sealed interface Step {
        /** The job has its outcome. */
        record Ended(RenderEvent event) implements Step {}

        /** Nothing of this job runs until {@code pause} is over. */
        record RetryAfter(Duration pause) implements Step {}

        /** The store did not answer; what it was asked may have been done. */
        record StorageUnavailable() implements Step {}
    }

    /** Takes the job to its outcome, or gives it back when the worker leaves. Expected failures are outcomes, never exceptions. */
    public JobResult run(AcceptedJob job) {
        boolean mayHoldAClaim = false;
        while (true) {
            Step turn = nextTurn(job);
            if (turn instanceof Step.Ended(var event)) {
                return new JobResult.Outcome(event);
            }
            mayHoldAClaim |= turn instanceof Step.StorageUnavailable;
            if (!waited(job, turn)) {
                if (mayHoldAClaim) {
                    release(job);
                }
                return new JobResult.GivenBack();
            }
        }
    }

    /** As long as this worker stays nobody else could take such a claim over; when it leaves, the claim ends with it. */
    private void release(AcceptedJob job) {
        boolean mayStand = true;
        while (mayStand) {
            try {
                ledger.release(job.id(), job.submission());
                mayStand = false;
            } catch (StorageException e) {
                LOG.warnf("cannot give a claim back that may stand: %s", e.getMessage());
                mayStand = pause.pause(STORAGE_RETRY);
            }
        }
    }

    /** False if the job is another worker's by now, or this one leaves. */
    private boolean waited(AcceptedJob job, @Nullable Step turn) {
        return switch (turn) {
            case Step.RetryAfter(var wait) -> waited(job, untilDeadline(job, wait));
            case Step.StorageUnavailable() -> waited(job, untilDeadline(job, STORAGE_RETRY));
            case Step.Ended _ -> false;
            case null -> false;
        };
    }

    private boolean waited(AcceptedJob job, Duration wait) {
        Duration left = wait;
        while (left.compareTo(LOOK_UP_EVERY) > 0) {
            if (!pause.pause(LOOK_UP_EVERY) || job.reassigned().getAsBoolean()) {
                return false;
            }
            left = left.minus(LOOK_UP_EVERY);
        }
        return pause.pause(left);
    }

    /** Null when the job is another worker's, or this one leaves before there was a place. */
    private @Nullable Step nextTurn(AcceptedJob job) {
        if (job.reassigned().getAsBoolean()) {
            return null;
        }
        Instant now = clock.instant();
        return switch (router.route(job.job(), LocalDate.ofInstant(now, ZoneOffset.UTC))) {
            case Route.Unroutable(var code, var field, var message) -> inSlot(() -> refuse(job, code, field, message));
            case Routed routed -> isForLater(job, now) ? inSlot(() -> refuseForLater(job)) : admitted(job, routed);
        };
    }

    /** Behind all who want the same model, without a slot until it may be called. */
    private @Nullable Step admitted(AcceptedJob job, Routed routed) {
        var demand = new QuotaDemand(
                routed.model().provider(),
                routed.model().id(),
                1,
                routed.model()
                        .inputTokens(
                                job.job().prompt().resolved().length(),
                                job.job().references().size()));
        // What has ended already is told without a call; it need not wait for a day's quota.
        Step told = capacity.limiter().isHeld(demand) ? inSlot(() -> told(job)) : null;
        return told instanceof Step.Ended ? told : enter(job, routed, demand);
    }

    private @Nullable Step enter(AcceptedJob job, Routed routed, QuotaDemand demand) {
        return switch (capacity.limiter()
                .acquire(demand, job.published(), job.job().deadline(), job.reassigned())) {
            case PermitResult.Granted(var permit) -> {
                try (permit) {
                    int calls = capacity.slots().used();
                    Step turn = capacity.roomForCalls().test(calls)
                            ? unlessTheStoreIsAway(() -> claimed(job, routed, permit))
                            : withoutRoom(calls);
                    // Says nothing where a call was made: what is told first stands.
                    permit.unused();
                    yield turn;
                }
            }
            case PermitResult.DeadlinePassed() -> inSlot(() -> refuseTooLate(job));
            case PermitResult.Aborted() -> null;
        };
    }

    private Step told(AcceptedJob job) {
        return ledger.peek(job.id(), job.fingerprint(), job.submission()) instanceof ClaimResult.Terminal ended
                ? new Step.Ended(Outcomes.again(ended, job.ref()))
                : new Step.RetryAfter(Duration.ZERO);
    }

    private @Nullable Step inSlot(Supplier<Step> step) {
        if (!capacity.slots().acquire()) {
            return null;
        }
        try {
            return unlessTheStoreIsAway(step);
        } finally {
            capacity.slots().release();
        }
    }

    private static Step unlessTheStoreIsAway(Supplier<Step> step) {
        try {
            return step.get();
        } catch (StorageException e) {
            LOG.warnf("the store does not answer, the job waits: %s", e.getMessage());
            return new Step.StorageUnavailable();
        }
    }

    private static Step withoutRoom(int calls) {
        LOG.warnf(
                "the spool's disk has no room for the pictures of %d calls at once, the job waits; make room there",
                calls);
        return new Step.RetryAfter(ROOM_LOOK);
    }

    private static boolean isForLater(AcceptedJob job, Instant now) {
        Instant notBefore = job.job().notBefore();
        return notBefore != null && now.isBefore(notBefore);
    }

    private Step refuseForLater(AcceptedJob job) {
        return refuse(
                job,
                FailureCode.UNSUPPORTED,
                "notBefore",
                "render.jobs is for jobs that may run now; publish to render.requests to have it scheduled");
    }

    private Step refuseTooLate(AcceptedJob job) {
        return refuse(job, FailureCode.DEADLINE_PASSED, "deadline", "the deadline passed before the job was started");
    }

    private Step claimed(AcceptedJob job, Routed routed, Permit permit) {
        Instant now = clock.instant();
        Duration lease = routed.model().timeout().plus(LEASE_MARGIN);
        // Without references nothing comes between claim and call: one write says both.
        Stage stage = job.job().references().isEmpty() ? Stage.SENT : Stage.PREPARED;
        var pending = new PendingCall(routed.model().id(), stage, now, routed.worstUsdMicros());
        return switch (ledger.claim(job.id(), job.fingerprint(), job.submission(), lease, pending)) {
            case ClaimResult.Granted(var claim) -> attempt.run(job, routed, claim, permit);
            case ClaimResult.Busy busy -> new Step.RetryAfter(pollAfter(busy.retryAfter()));
            case ClaimResult.Terminal ended -> new Step.Ended(Outcomes.again(ended, job.ref()));
            case ClaimResult.Conflict() -> new Step.Ended(Outcomes.conflict(job));
            case ClaimResult.Unreadable entry -> heldForRepair(entry);
            case ClaimResult.Unfinished _ -> throw new IllegalStateException("a claim takes what was begun");
        };
    }

    /** A job that ended before keeps its outcome, even where it would be refused today; one that was begun tells its cost. */
    private Step refuse(AcceptedJob job, FailureCode code, @Nullable String field, String message) {
        ClaimResult known = ledger.peek(job.id(), job.fingerprint(), job.submission());
        return switch (known) {
            case ClaimResult.Terminal ended -> new Step.Ended(Outcomes.again(ended, job.ref()));
            case ClaimResult.Conflict() -> new Step.Ended(Outcomes.conflict(job));
            case ClaimResult.Unreadable entry -> heldForRepair(entry);
            case ClaimResult.Busy busy -> new Step.RetryAfter(pollAfter(busy.retryAfter()));
            case ClaimResult.Unfinished _ -> close(job, code, field, message);
            case ClaimResult.Granted _ -> throw new IllegalStateException("a peek claims nothing");
            case null -> new Step.Ended(Outcomes.rejected(job, code, field, message));
        };
    }

    /** Ends what others have begun, under a claim that is for no call. */
    private Step close(AcceptedJob job, FailureCode code, @Nullable String field, String message) {
        var none = new PendingCall("none", Stage.PREPARED, clock.instant(), 0);
        return switch (ledger.claim(job.id(), job.fingerprint(), job.submission(), LEASE_MARGIN, none)) {
            case ClaimResult.Granted(var claim) -> attempt.refuse(job, claim, code, field, message);
            case ClaimResult.Busy busy -> new Step.RetryAfter(pollAfter(busy.retryAfter()));
            case ClaimResult.Terminal ended -> new Step.Ended(Outcomes.again(ended, job.ref()));
            case ClaimResult.Conflict() -> new Step.Ended(Outcomes.conflict(job));
            case ClaimResult.Unreadable entry -> heldForRepair(entry);
            case ClaimResult.Unfinished _ -> throw new IllegalStateException("a claim takes what was begun");
        };
    }

    /** Whatever were told of this job could contradict what was told before. */
    private static Step heldForRepair(ClaimResult.Unreadable entry) {
        LOG.errorf(
                "the job waits, for its ledger entry %s cannot be read (%s); restore it, or update this worker if a"
                        + " newer one wrote it, or delete it if the job may be called anew",
                entry.key(), entry.reason());
        return new Step.RetryAfter(REPAIR_LOOK);
    }

    /** A job that cannot be tried before its deadline learns that at the deadline, not after a long wait. */
    private Duration untilDeadline(AcceptedJob job, Duration wanted) {
        Instant deadline = job.job().deadline();
        if (deadline == null) {
            return wanted;
        }
        Duration left = Duration.between(clock.instant(), deadline).plusMillis(1);
        return left.isPositive() && left.compareTo(wanted) < 0 ? left : wanted;
    }

    private static Duration pollAfter(Duration retryAfter) {
        if (retryAfter.compareTo(BUSY_POLL_MIN) < 0) {
            return BUSY_POLL_MIN;
        }
        return retryAfter.compareTo(BUSY_POLL_MAX) > 0 ? BUSY_POLL_MAX : retryAfter;
    }
}
