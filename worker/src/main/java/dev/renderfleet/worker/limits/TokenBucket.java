package dev.renderfleet.worker.limits;

import java.time.Duration;
import java.time.Instant;

/**
 * A share of a limit per minute, refilled evenly. Starts empty, so that a new owner does not burst, and holds at most what is asked
 * for and one second's worth: enough that a thread that wakes late loses nothing. Guarded by its gate's lock.
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
    private double asked = 1;
    private Instant filledAt;

    TokenBucket(int perMinute, double fraction, Instant now) {
        this.wholePerSecond = perMinute / MINUTE_SECONDS;
        this.perSecond = wholePerSecond * fraction;
        this.filledAt = now;
    }

    /** How long until that many are there; zero if they are. */
    Duration wait(long tokens, Instant now) {
        asked = Math.max(1, tokens);
        refill(now);
        if (perSecond == 0) {
            return Gate.UNTIL_SIGNALLED;
        }
        double missing = tokens - level;
        return missing <= ROUNDING ? Duration.ZERO : seconds(missing / perSecond);
    }

    /** Takes what {@link #wait} has found to be there. */
    void take(long tokens) {
        level -= tokens;
    }

    /** Takes back what was not used, as far as there is room. */
    void giveBack(long tokens) {
        level = Math.max(level, Math.min(level + tokens, Math.max((double) tokens, capacity())));
    }

    /** Refills at another rate from now on; what is too much for it is dropped, nothing is added. */
    void share(double fraction, Instant now) {
        refill(now);
        perSecond = wholePerSecond * fraction;
        level = Math.min(level, capacity());
    }

    private void refill(Instant now) {
        // A clock that was set back must not stop the refill until it has caught up.
        double elapsed = Math.max(0, Duration.between(filledAt, now).toNanos() / SECOND_NANOS);
        filledAt = now;
        level = Math.max(level, Math.min(level + elapsed * perSecond, capacity()));
    }

    private double capacity() {
        return asked + perSecond * BURST_SECONDS;
    }

    private static Duration seconds(double seconds) {
        return seconds >= Gate.UNTIL_SIGNALLED.toSeconds()
                ? Gate.UNTIL_SIGNALLED
                : Duration.ofNanos((long) Math.ceil(seconds * SECOND_NANOS));
    }
}
