package dev.renderfleet.worker.limits;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Computes how long holds last. Pure functions. */
final class HoldDurations {

    /** Longest hold: the longest day of a daily quota. */
    static final Duration HOLD_MAX = Duration.ofHours(25);

    /** First hold after a rate limit without Retry-After. */
    static final Duration QUOTA_FIRST = Duration.ofSeconds(5);

    /** First hold after an outage. */
    static final Duration OUTAGE_FIRST = Duration.ofSeconds(1);

    /** Bound of the exponential backoff. */
    static final Duration BACKOFF_MAX = Duration.ofMinutes(1);

    /** First hold of a model whose results are refused in a row; each canary costs a picture. */
    static final Duration RESULTS_FIRST = Duration.ofMinutes(5);

    /** Bound of the backoff of such holds. */
    static final Duration RESULTS_MAX = Duration.ofHours(1);

    /** Between canaries of an account that is refused, until an operator has repaired it. */
    static final Duration ACCOUNT_RECHECK = Duration.ofMinutes(5);

    private static final Duration JITTER_MIN = Duration.ofMillis(100);
    private static final Duration JITTER_MAX = Duration.ofSeconds(30);
    private static final int DOUBLINGS_MAX = 10;

    private HoldDurations() {}

    /** Exponential backoff: the first duration, doubled for each earlier hold. */
    static Duration backoff(Duration first, int holdsBefore) {
        return backoff(first, holdsBefore, BACKOFF_MAX);
    }

    /** As {@link #backoff(Duration, int)}, with another bound. */
    static Duration backoff(Duration first, int holdsBefore, Duration max) {
        Duration backoff = first.multipliedBy(1L << Math.min(holdsBefore, DOUBLINGS_MAX));
        return backoff.compareTo(max) > 0 ? max : backoff;
    }

    /** Retry-After within bounds; null if absent or not positive. */
    static @Nullable Duration requested(@Nullable Duration retryAfter) {
        if (retryAfter == null || !retryAfter.isPositive()) {
            return null;
        }
        return retryAfter.compareTo(HOLD_MAX) > 0 ? HOLD_MAX : retryAfter;
    }

    /** The earlier of {@code until} and {@link #HOLD_MAX} from now. */
    static Instant bounded(Instant until, Instant now) {
        Instant latest = now.plus(HOLD_MAX);
        return until.isAfter(latest) ? latest : until;
    }

    /** Clamps a duration. */
    static Duration clamp(Duration duration, Duration min, Duration max) {
        if (duration.compareTo(min) < 0) {
            return min;
        }
        return duration.compareTo(max) > 0 ? max : duration;
    }

    /** Jitter after a hold, so that workers do not resume together: 100 ms plus up to a tenth of the hold, 30 s at most. */
    static Duration jitter(Duration hold, RandomGenerator random) {
        Duration tenth = hold.dividedBy(10);
        Duration ceiling = tenth.compareTo(JITTER_MIN) < 0 ? JITTER_MIN : tenth;
        ceiling = ceiling.compareTo(JITTER_MAX) > 0 ? JITTER_MAX : ceiling;
        return JITTER_MIN.plusNanos((long) (ceiling.toNanos() * random.nextDouble()));
    }
}
