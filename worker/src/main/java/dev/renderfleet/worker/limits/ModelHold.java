package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What refusals have done to one model. It is open, held, or on its way back: after a hold one canary call, and for each answer one
 * call more at a time, which doubles them with each round, until there are more than before the hold. Where only the quota was spent
 * half as many as before may follow as soon as the canary is let in: a picture takes many seconds, a refusal for quota does not, so a
 * canary is let in when it is answered or has been out for {@value #LET_IN_TIMES} times as long as the last refusal of a minute's quota took. A call
 * belongs to the epoch in which it began, and a hold begins a new one: calls that were out when it began neither count among those of the
 * return nor tell anything new by being refused too, unless they name a later end. Guarded by its gate's lock.
 */
final class ModelHold {

    /** A call that began: in which epoch, and when; once it is sent, when it was. */
    record Start(int epoch, Instant at) {}

    /** So many refusals in a row, with no answer between them, make an outage. */
    static final int BREAKER_REFUSALS = 5;

    /** So many answers after a hold, and the next one starts small again; the return takes no fewer. */
    static final int STEADY_ANSWERS = 16;

    private static final int LET_IN_TIMES = 2;
    static final Duration LET_IN_MIN = Duration.ofMillis(250);
    /** A provider that takes so long to refuse is not second-guessed sooner. */
    static final Duration LET_IN_MAX = Duration.ofSeconds(30);
    /** What a refusal is taken to take before there was one here; siblings tell of holds, not of that. */
    private static final Duration REFUSAL_UNTOLD = Duration.ofMillis(500);

    private final RandomGenerator random;
    private Instant until = Instant.MIN;
    private Instant resumeAt = Instant.MIN;
    private @Nullable FailureCode reason;
    private int epoch;
    private int callsOut;
    private int callsMax = ModelState.OPEN;
    private int refusalsInRow;
    private int holdsInRow;
    /** The most calls out at once between the last two holds with enough answers between them; all slots before there were such. */
    private int usualCalls;
    /** Of calls at once, since the last hold. */
    private int mostOut;
    /** Since the last hold. */
    private long answers;
    /** When the canary is taken to be let in; null if it is, or none is out, or only its answer will tell. */
    private @Nullable Instant letInAt;

    private Duration refusalTook = REFUSAL_UNTOLD;

    /** @param slots of the worker: more calls than that are never out */
    ModelHold(int slots, RandomGenerator random) {
        this.usualCalls = slots;
        this.random = random;
    }

    /** How long until a call may begin, as things stand; zero if it may. A canary whose time has come is let in by this look. */
    Duration wait(Instant now) {
        if (isHeld(now)) {
            return Duration.between(now, resumeAt);
        }
        if (letInAt != null && !now.isBefore(letInAt)) {
            quotaIsBack();
        }
        if (isOpen() || callsOut < callsMax) {
            return Duration.ZERO;
        }
        return letInAt == null ? Gate.UNTIL_SIGNALLED : Duration.between(now, letInAt);
    }

    boolean isHeld(Instant now) {
        return now.isBefore(resumeAt);
    }

    private boolean isOpen() {
        return callsMax >= ModelState.OPEN;
    }

    /** A call begins: it has its place, and is not sent before its claim is written and its references are there. */
    Start begin(Instant now) {
        callsOut++;
        mostOut = Math.max(mostOut, callsOut);
        return new Start(epoch, now);
    }

    /** A call is sent. */
    Start sent(Start call, Instant now) {
        if (call.epoch() == epoch && isCanary() && reason == FailureCode.RATE_LIMITED) {
            letInAt = now.plus(HoldLength.within(refusalTook.multipliedBy(LET_IN_TIMES), LET_IN_MIN, LET_IN_MAX));
        }
        return new Start(call.epoch(), now);
    }

    /** Whether no more than one call may be out. */
    private boolean isCanary() {
        return callsMax == 1;
    }

    private void quotaIsBack() {
        letInAt = null;
        callsMax = Math.max(callsMax, usualCalls / 2);
    }

    /** A call ended that told nothing, or was not made. */
    void ended(Start call) {
        if (call.epoch() == epoch) {
            callsOut--;
            letInAt = null;
        }
    }

    /** A call was answered as a healthy provider does. */
    void answered(Start call) {
        ended(call);
        refusalsInRow = 0;
        if (call.epoch() != epoch) {
            return;
        }
        answers++;
        if (isOpen()) {
            return;
        }
        callsMax++;
        if (answers == 1 && reason == FailureCode.RATE_LIMITED) {
            quotaIsBack();
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
    boolean refused(Start call, FailureKind kind, @Nullable Duration retryAfter, Instant now) {
        boolean current = call.epoch() == epoch;
        Duration named = HoldLength.named(retryAfter);
        return switch (kind) {
            case RATE_LIMITED -> {
                ended(call);
                refusalTook = Duration.between(call.at(), now);
                Duration length = named == null && current ? grown(HoldLength.QUOTA_FIRST) : named;
                yield length != null && begin(now.plus(length), FailureCode.RATE_LIMITED, current, now);
            }
            case DAY_QUOTA_SPENT -> {
                ended(call);
                Instant end = named == null ? PacificDay.end(now) : now.plus(named);
                yield begin(end, FailureCode.RATE_LIMITED, current, now);
            }
            case OVERLOADED -> outage(call, FailureCode.OVERLOADED, named, now);
            case NOT_SENT -> outage(call, FailureCode.PROVIDER_UNREACHABLE, named, now);
            case PROVIDER_FAULT -> outage(call, FailureCode.PROVIDER_FAULT, named, now);
            case INPUT_REFUSED,
                    OUTPUT_REFUSED,
                    OUTPUT_REFUSED_REROLLABLE,
                    NO_IMAGE,
                    REQUEST_INVALID,
                    RESULT_INVALID -> {
                answered(call);
                yield false;
            }
            case AUTH_REFUSED, BILLING_REFUSED, MODEL_GONE, UNKNOWN_OUTCOME -> {
                ended(call);
                yield false;
            }
        };
    }

    /** One refusal among many answers is a provider's everyday; a row of them is an outage, and so is a canary's. */
    private boolean outage(Start call, FailureCode code, @Nullable Duration named, Instant now) {
        ended(call);
        if (call.epoch() != epoch || (++refusalsInRow < BREAKER_REFUSALS && !isCanary())) {
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
        if (isOpen() && answers >= STEADY_ANSWERS) {
            usualCalls = mostOut;
        }
        until = end;
        resumeAt = end.plus(HoldLength.jitter(Duration.between(now, end), random));
        reason = code;
        epoch++;
        callsOut = 0;
        mostOut = 0;
        letInAt = null;
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
