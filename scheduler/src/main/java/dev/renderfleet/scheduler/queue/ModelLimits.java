package dev.renderfleet.scheduler.queue;

import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * How much of a model the whole fleet may use. Each limit is above 0; an absent one does not limit.
 *
 * @param perSecond jobs a second that the workers' quotas admit: the least of those of requests, images and tokens
 * @param operatorPerSecond a lower rate that an operator set, of which the workers do not know
 * @param perDay jobs from midnight to midnight
 * @param dayZone the zone of that midnight
 * @param concurrent calls in progress
 */
public record ModelLimits(
        @Nullable Double perSecond,
        @Nullable Double operatorPerSecond,
        @Nullable Integer perDay,
        ZoneId dayZone,
        @Nullable Integer concurrent) {

    public ModelLimits {
        check("jobs a second", perSecond);
        check("jobs a second", operatorPerSecond);
        check("jobs a day", perDay);
        check("concurrent calls", concurrent);
    }

    private static void check(String name, @Nullable Number limit) {
        if (limit != null && !(limit.doubleValue() > 0)) {
            throw new IllegalArgumentException("a limit of " + name + " is above 0, not " + limit);
        }
    }

    /** Jobs a second, infinite without a limit. */
    double rate() {
        return Math.min(orInfinite(perSecond), orInfinite(operatorPerSecond));
    }

    /** Whether the scheduler alone keeps the rate, since the workers know a higher one. */
    boolean isPacedHere() {
        return orInfinite(operatorPerSecond) < orInfinite(perSecond);
    }

    private static double orInfinite(@Nullable Double limit) {
        return limit == null ? Double.POSITIVE_INFINITY : limit;
    }
}
