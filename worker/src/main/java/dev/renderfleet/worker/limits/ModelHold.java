package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The hold of one model, or of one provider's account: a circuit breaker with an end. After a hold one canary call is admitted
 * (half-open); each response then admits one call more, until the concurrency exceeds that before the hold (ramp-up). Guarded by its
 * gate's lock.
 *
 * <p>After a rate limit, half of the former concurrency is admitted with the canary's response, or when the canary has been in flight
 * {@value #CANARY_LATENCY_FACTOR} times as long as the last refusal took, since pictures take far longer than refusals. Each hold begins
 * an epoch. Calls of earlier epochs neither count in the ramp-up nor begin a hold, unless they name a later end.
 */
final class ModelHold {

    /** Epoch and start of a call; {@code at} is the time of sending once it is sent. */
    record CallStart(int epoch, Instant at) {}

    /** Consecutive refusals that begin a hold. */
    static final int BREAKER_REFUSALS = 5;

    /** Responses after a hold that reset the backoff. The ramp-up takes at least as many. */
    static final int STEADY_RESPONSES = 16;

    private static final int CANARY_LATENCY_FACTOR = 2;
    static final Duration CANARY_WAIT_MIN = Duration.ofMillis(250);
    static final Duration CANARY_WAIT_MAX = Duration.ofSeconds(30);
    /** Assumed latency of a refusal until this worker has measured one. */
    private static final Duration REFUSAL_LATENCY_DEFAULT = Duration.ofMillis(500);

    private final QuotaDay calendar;
    private final RandomGenerator random;
    private Instant until = Instant.MIN;
    private Instant resumeAt = Instant.MIN;
    private @Nullable FailureCode reason;
    /** Since when no call was answered because of the account; null if that is not the reason. */
    private @Nullable Instant accountRefusedSince;

    private int epoch;
    private int callsInFlight;
    private int callsMax = ModelState.UNLIMITED;
    private int refusalsInRow;
    private int holdsInRow;
    /** Peak concurrency between the last two holds that were far enough apart; before that, all slots. */
    private int usualConcurrency;
    /** Since the last hold. */
    private int peakConcurrency;
    /** Since the last hold. */
    private long responses;
    /** When the canary counts as admitted by the provider without a response; null if no such time applies. */
    private @Nullable Instant canaryAdmittedAt;

    private Duration refusalLatency = REFUSAL_LATENCY_DEFAULT;

    /**
     * @param slots of the worker, the most calls that can be in flight
     * @param calendar of the provider
     */
    ModelHold(int slots, QuotaDay calendar, RandomGenerator random) {
        this.usualConcurrency = slots;
        this.calendar = calendar;
        this.random = random;
    }

    /** Time until a call may begin, or zero. Starts the ramp-up when the canary counts as admitted. */
    Duration wait(Instant now) {
        if (isHeld(now)) {
            return Duration.between(now, resumeAt);
        }
        if (canaryAdmittedAt != null && !now.isBefore(canaryAdmittedAt)) {
            rampUpToHalf();
        }
        if (isUnlimited() || callsInFlight < callsMax) {
            return Duration.ZERO;
        }
        return canaryAdmittedAt == null ? ModelGate.UNTIL_SIGNALLED : Duration.between(now, canaryAdmittedAt);
    }

    boolean isHeld(Instant now) {
        return now.isBefore(resumeAt);
    }

    /** End of the hold, with jitter; {@link Instant#MIN} if there is none. */
    Instant heldUntil(Instant now) {
        return isHeld(now) ? resumeAt : Instant.MIN;
    }

    boolean isUnlimited() {
        return callsMax >= ModelState.UNLIMITED;
    }

    /** Counts a call in flight. It is sent later, after its claim is written. */
    CallStart begin(Instant now) {
        callsInFlight++;
        peakConcurrency = Math.max(peakConcurrency, callsInFlight);
        return new CallStart(epoch, now);
    }

    /** Records the time of sending. */
    CallStart sent(CallStart call, Instant now) {
        if (call.epoch() == epoch && isCanary() && reason == FailureCode.RATE_LIMITED) {
            canaryAdmittedAt = now.plus(HoldDurations.clamp(
                    refusalLatency.multipliedBy(CANARY_LATENCY_FACTOR), CANARY_WAIT_MIN, CANARY_WAIT_MAX));
        }
        return new CallStart(call.epoch(), now);
    }

    /** Whether only one call may be in flight. */
    private boolean isCanary() {
        return callsMax == 1;
    }

    private void rampUpToHalf() {
        canaryAdmittedAt = null;
        callsMax = Math.max(callsMax, usualConcurrency / 2);
    }

    /** Counts down a call that was not made or says nothing about the provider. */
    void finished(CallStart call) {
        if (call.epoch() == epoch) {
            callsInFlight--;
            canaryAdmittedAt = null;
        }
    }

    /** Records a response of a healthy provider. */
    void answered(CallStart call) {
        finished(call);
        refusalsInRow = 0;
        if (call.epoch() != epoch) {
            return;
        }
        responses++;
        accountRefusedSince = null;
        if (isUnlimited()) {
            return;
        }
        callsMax++;
        if (responses == 1 && reason == FailureCode.RATE_LIMITED) {
            rampUpToHalf();
        }
        if (responses >= STEADY_RESPONSES) {
            holdsInRow = 0;
        }
        if (responses >= STEADY_RESPONSES && callsMax > usualConcurrency) {
            callsMax = ModelState.UNLIMITED;
            reason = null;
        }
    }

    /** Records a call without a picture. True if this began or extended a hold. */
    boolean refused(CallStart call, FailureKind kind, @Nullable Duration retryAfter, Instant now) {
        boolean current = call.epoch() == epoch;
        Duration requested = HoldDurations.requested(retryAfter);
        return switch (kind.holdClass()) {
            case QUOTA -> {
                finished(call);
                refusalLatency = Duration.between(call.at(), now);
                Duration length = requested == null && current ? backoff(HoldDurations.QUOTA_FIRST) : requested;
                yield length != null && beginHold(now.plus(length), kind.code(), current, now);
            }
            case DAY_QUOTA -> {
                finished(call);
                Instant end = requested == null ? calendar.end(now) : now.plus(requested);
                yield beginHold(end, kind.code(), current, now);
            }
            case OUTAGE -> outage(call, kind.code(), requested, now);
            case HEALTHY -> {
                answered(call);
                yield false;
            }
            case ACCOUNT, NO_QUOTA -> {
                finished(call);
                yield current && holdAccount(now.plus(HoldDurations.ACCOUNT_RECHECK), kind.code(), now, now);
            }
            case NEUTRAL -> {
                finished(call);
                yield false;
            }
        };
    }

    /** Only consecutive refusals, or one of a canary, begin a hold. */
    private boolean outage(CallStart call, FailureCode code, @Nullable Duration requested, Instant now) {
        finished(call);
        if (call.epoch() != epoch || (++refusalsInRow < BREAKER_REFUSALS && !isCanary())) {
            return false;
        }
        Duration backoff = backoff(HoldDurations.OUTAGE_FIRST);
        Duration length = requested != null && requested.compareTo(backoff) > 0 ? requested : backoff;
        return beginHold(now.plus(length), code, true, now);
    }

    /** Records a result that was refused like those before it. True if this began a hold. */
    boolean resultsRefused(CallStart call, Instant now) {
        boolean current = call.epoch() == epoch;
        finished(call);
        Duration length = HoldDurations.backoff(HoldDurations.RESULTS_FIRST, holdsInRow, HoldDurations.RESULTS_MAX);
        return current && beginHold(now.plus(length), FailureCode.RESULT_INVALID, true, now);
    }

    private Duration backoff(Duration first) {
        return HoldDurations.backoff(first, holdsInRow);
    }

    private boolean beginHold(Instant end, FailureCode code, boolean current, Instant now) {
        if (current) {
            holdsInRow++;
        }
        return hold(end, code, now);
    }

    /** As {@link #hold}, because of the account. The earliest {@code since} counts. */
    boolean holdAccount(Instant wanted, FailureCode code, Instant since, Instant now) {
        Instant earlier = accountRefusedSince;
        boolean held = hold(wanted, code, now);
        if (held) {
            accountRefusedSince = earlier != null && earlier.isBefore(since) ? earlier : since;
        }
        return held;
    }

    /** Admits the canary of a refused account now. Signals that end by {@link #until} do not hold it again. */
    void recheckAccount(Instant now) {
        if (accountRefusedSince != null && isHeld(now)) {
            resumeAt = now;
        }
    }

    /** Holds the model until {@code wanted}, at most {@link HoldDurations#HOLD_MAX}. False if that does not extend the hold. */
    boolean hold(Instant wanted, FailureCode code, Instant now) {
        Instant end = HoldDurations.bounded(wanted, now);
        if (!end.isAfter(now) || !end.isAfter(until)) {
            return false;
        }
        if (isUnlimited() && responses >= STEADY_RESPONSES) {
            usualConcurrency = peakConcurrency;
        }
        until = end;
        resumeAt = end.plus(HoldDurations.jitter(Duration.between(now, end), random));
        reason = code;
        accountRefusedSince = null;
        epoch++;
        callsInFlight = 0;
        peakConcurrency = 0;
        canaryAdmittedAt = null;
        callsMax = 1;
        responses = 0;
        refusalsInRow = 0;
        return true;
    }

    /** End of the last hold, without jitter. */
    Instant until() {
        return until;
    }

    /** End of the last hold, with jitter. */
    Instant resumeAt() {
        return resumeAt;
    }

    @Nullable
    FailureCode reason() {
        return reason;
    }

    /** Since when no call was answered because of the account; null if that is not the reason. */
    @Nullable
    Instant accountRefusedSince() {
        return accountRefusedSince;
    }

    /** Why the account is refused; null if it is not. */
    @Nullable
    FailureCode accountRefusal() {
        return accountRefusedSince == null ? null : reason;
    }

    /** Whether a job published then has waited too long for an account that is refused. False while a canary may find it accepted. */
    boolean isRefusedTooLong(Instant publishedAt, Instant now) {
        Instant since = accountRefusedSince;
        return since != null
                && isHeld(now)
                && !now.isBefore(since.plus(ModelLimiter.REFUSED_WAIT_MAX))
                && !now.isBefore(publishedAt.plus(ModelLimiter.REFUSED_WAIT_MAX));
    }

    int callsMax() {
        return callsMax;
    }
}
