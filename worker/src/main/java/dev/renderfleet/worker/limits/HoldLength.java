package dev.renderfleet.worker.limits;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** How long holds last. Pure functions. */
final class HoldLength {

    /** Nothing is held for longer: the longest day of a day quota. */
    static final Duration HOLD_MAX = Duration.ofHours(25);

    /** First hold for quota, where the provider does not say how long. */
    static final Duration QUOTA_FIRST = Duration.ofSeconds(5);

    /** First hold for a provider that fails. */
    static final Duration OUTAGE_FIRST = Duration.ofSeconds(1);

    /** What holds without a named end grow to. */
    static final Duration GROWN_MAX = Duration.ofMinutes(1);

    private static final Duration JITTER_MIN = Duration.ofMillis(100);
    private static final Duration JITTER_MAX = Duration.ofSeconds(30);
    private static final int DOUBLINGS_MAX = 10;

    private HoldLength() {}

    /** The first length, doubled for each hold before. */
    static Duration grown(Duration first, int holdsBefore) {
        Duration grown = first.multipliedBy(1L << Math.min(holdsBefore, DOUBLINGS_MAX));
        return grown.compareTo(GROWN_MAX) > 0 ? GROWN_MAX : grown;
    }

    /** What the provider asks for, within bounds; null where it asks for nothing. */
    static @Nullable Duration named(@Nullable Duration retryAfter) {
        if (retryAfter == null || !retryAfter.isPositive()) {
            return null;
        }
        return retryAfter.compareTo(HOLD_MAX) > 0 ? HOLD_MAX : retryAfter;
    }

    /** The end, or {@link #HOLD_MAX} from now if that is earlier. */
    static Instant bounded(Instant until, Instant now) {
        Instant latest = now.plus(HOLD_MAX);
        return until.isAfter(latest) ? latest : until;
    }

    /** The length, or the bound that it is beyond. */
    static Duration within(Duration length, Duration min, Duration max) {
        if (length.compareTo(min) < 0) {
            return min;
        }
        return length.compareTo(max) > 0 ? max : length;
    }

    /** What to wait beyond the end, so that siblings do not return in one moment: 100 ms and up to a tenth of the hold, 30 s at most. */
    static Duration jitter(Duration hold, RandomGenerator random) {
        Duration tenth = hold.dividedBy(10);
        Duration ceiling = tenth.compareTo(JITTER_MIN) < 0 ? JITTER_MIN : tenth;
        ceiling = ceiling.compareTo(JITTER_MAX) > 0 ? JITTER_MAX : ceiling;
        return JITTER_MIN.plusNanos((long) (ceiling.toNanos() * random.nextDouble()));
    }
}
