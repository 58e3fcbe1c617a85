package dev.renderfleet.worker.pacing;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.worker.models.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What refusals have done to one model. It is open, held, or on its way back: after a hold one canary call, and for each answer one
 * call more at a time, which doubles them with each round, until there are more than before the hold. Where only the quota was spent
 * the canary's answer shows that it is there again, and half as many as before may follow at once. A call belongs to the epoch in which it
 * began, and a hold begins a new one: calls that were out when it began neither count among those of the return nor tell anything new
 * by being refused too, unless they name a later end. Guarded by its gate's lock.
 */
final class ModelHold {

    /** So many refusals in a row, with no answer between them, make an outage. */
    static final int BREAKER_REFUSALS = 5;

    /** So many answers after a hold, and the next one starts small again; the return takes no fewer. */
    static final int STEADY_ANSWERS = 16;

    private final RandomGenerator random;
    private Instant until = Instant.MIN;
    private Instant resumeAt = Instant.MIN;
    private @Nullable FailureCode reason;
    private int epoch;
    private int callsOut;
    private int callsMax = ModelState.OPEN;
    private int refusalsInRow;
    private int holdsInRow;
    /** Calls that were out when the model was open last. */
    private int usualCalls;
    /** Since the last hold. */
    private int answers;

    ModelHold(RandomGenerator random) {
        this.random = random;
    }

    /** How long until a call may begin, as things stand; zero if it may. */
    Duration wait(Instant now) {
        if (isHeld(now)) {
            return Duration.between(now, resumeAt);
        }
        return isOpen() || callsOut < callsMax ? Duration.ZERO : Gate.UNTIL_TOLD;
    }

    boolean isHeld(Instant now) {
        return now.isBefore(resumeAt);
    }

    private boolean isOpen() {
        return callsMax >= ModelState.OPEN;
    }

    /** A call begins, in the epoch that is returned. */
    int begin() {
        callsOut++;
        return epoch;
    }

    /** A call ended that told nothing, or was not made. */
    void ended(int begunIn) {
        if (begunIn == epoch) {
            callsOut--;
        }
    }

    /** A call was answered as a healthy provider does. */
    void answered(int begunIn) {
        ended(begunIn);
        refusalsInRow = 0;
        if (begunIn != epoch || isOpen()) {
            return;
        }
        answers++;
        callsMax++;
        if (answers == 1 && reason == FailureCode.RATE_LIMITED) {
            callsMax = Math.max(callsMax, usualCalls / 2);
        }
        if (answers >= STEADY_ANSWERS) {
            holdsInRow = 0;
        }
        if (answers >= STEADY_ANSWERS && callsMax > usualCalls) {
            callsMax = ModelState.OPEN;
            reason = null;
        }
    }

    /** A call yielded no picture. True if that has begun a hold or made it longer. */
    boolean refused(int begunIn, FailureKind kind, @Nullable Duration retryAfter, Instant now) {
        boolean current = begunIn == epoch;
        Duration named = HoldLength.named(retryAfter);
        return switch (kind) {
            case RATE_LIMITED -> {
                ended(begunIn);
                Duration length = named == null && current ? grown(HoldLength.QUOTA_FIRST) : named;
                yield length != null && begin(now.plus(length), FailureCode.RATE_LIMITED, current, now);
            }
            case DAY_QUOTA_SPENT -> {
                ended(begunIn);
                Instant end = named == null ? PacificDay.end(now) : now.plus(named);
                yield begin(end, FailureCode.RATE_LIMITED, current, now);
            }
            case OVERLOADED -> outage(begunIn, FailureCode.OVERLOADED, named, now);
            case NOT_SENT -> outage(begunIn, FailureCode.PROVIDER_UNREACHABLE, named, now);
            case PROVIDER_FAULT -> outage(begunIn, FailureCode.PROVIDER_FAULT, named, now);
            case INPUT_REFUSED,
                    OUTPUT_REFUSED,
                    OUTPUT_REFUSED_REROLLABLE,
                    NO_IMAGE,
                    REQUEST_INVALID,
                    RESULT_INVALID -> {
                answered(begunIn);
                yield false;
            }
            case AUTH_REFUSED, BILLING_REFUSED, MODEL_GONE, UNKNOWN_OUTCOME -> {
                ended(begunIn);
                yield false;
            }
        };
    }

    /** One refusal among many answers is a provider's everyday; a row of them is an outage, and so is a canary's. */
    private boolean outage(int begunIn, FailureCode code, @Nullable Duration named, Instant now) {
        ended(begunIn);
        boolean canary = !isOpen() && answers == 0;
        if (begunIn != epoch || (++refusalsInRow < BREAKER_REFUSALS && !canary)) {
            return false;
        }
        Duration grown = grown(HoldLength.OUTAGE_FIRST);
        Duration length = named != null && named.compareTo(grown) > 0 ? named : grown;
        return begin(now.plus(length), code, true, now);
    }

    private Duration grown(Duration first) {
        return HoldLength.grown(first, holdsInRow);
    }

    private boolean begin(Instant end, FailureCode code, boolean current, Instant now) {
        if (current) {
            holdsInRow++;
        }
        return hold(end, code, now);
    }

    /** Holds until then, in bounds. False if the hold was as long already. */
    boolean hold(Instant wanted, FailureCode code, Instant now) {
        Instant end = HoldLength.bounded(wanted, now);
        if (!end.isAfter(now) || !end.isAfter(until)) {
            return false;
        }
        if (isOpen()) {
            usualCalls = callsOut;
        }
        until = end;
        resumeAt = end.plus(HoldLength.jitter(Duration.between(now, end), random));
        reason = code;
        epoch++;
        callsOut = 0;
        callsMax = 1;
        answers = 0;
        refusalsInRow = 0;
        return true;
    }

    /** End of the last hold, before the jitter. */
    Instant until() {
        return until;
    }

    /** When calls begin again. */
    Instant resumeAt() {
        return resumeAt;
    }

    @Nullable
    FailureCode reason() {
        return reason;
    }

    int callsMax() {
        return callsMax;
    }
}
