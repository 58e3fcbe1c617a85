package dev.renderfleet.worker.limits;

import java.time.Duration;
import java.time.Instant;

/**
 * This worker's share of a limit per minute, as a token bucket. Starts empty, so that a new owner does not burst. Its capacity is the
 * tokens last requested for plus one second's worth, enough for a thread that wakes late. Guarded by its gate's lock.
 */
final class TokenBucket {

    private static final double MINUTE_SECONDS = 60;
    private static final double BURST_SECONDS = 1;
    private static final double SECOND_NANOS = 1e9;
    /** Far below one token, far above what adding fractions gets wrong. */
    private static final double ROUNDING = 1e-6;

    private final double wholePerSecond;
    private double perSecond;
    private double level;
    private double requested = 1;
    private Instant filledAt;

    TokenBucket(int perMinute, double fraction, Instant now) {
        this.wholePerSecond = perMinute / MINUTE_SECONDS;
        this.perSecond = wholePerSecond * fraction;
        this.filledAt = now;
    }

    /** Time until so many tokens are available, or zero. */
    Duration wait(long tokens, Instant now) {
        requested = Math.max(1, tokens);
        refill(now);
        if (perSecond == 0) {
            return ModelGate.UNTIL_SIGNALLED;
        }
        double missing = tokens - level;
        return missing <= ROUNDING ? Duration.ZERO : seconds(missing / perSecond);
    }

    /** Takes tokens after {@link #wait} returned zero. */
    void take(long tokens) {
        level -= tokens;
    }

    /** Returns unused tokens, up to the capacity. */
    void refund(long tokens) {
        level = Math.max(level, Math.min(level + tokens, Math.max((double) tokens, capacity())));
    }

    /** Changes the refill rate and drops tokens beyond the new capacity. */
    void share(double fraction, Instant now) {
        refill(now);
        perSecond = wholePerSecond * fraction;
        level = Math.min(level, capacity());
    }

    private void refill(Instant now) {
        // A clock that was set back must not stop the refill.
        double elapsed = Math.max(0, Duration.between(filledAt, now).toNanos() / SECOND_NANOS);
        filledAt = now;
        level = Math.max(level, Math.min(level + elapsed * perSecond, capacity()));
    }

    private double capacity() {
        return requested + perSecond * BURST_SECONDS;
    }

    private static Duration seconds(double seconds) {
        return seconds >= ModelGate.UNTIL_SIGNALLED.toSeconds()
                ? ModelGate.UNTIL_SIGNALLED
                : Duration.ofNanos((long) Math.ceil(seconds * SECOND_NANOS));
    }
}
