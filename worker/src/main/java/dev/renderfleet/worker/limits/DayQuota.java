package dev.renderfleet.worker.limits;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;

/**
 * This worker's share of a limit of requests per day. Counts the spent part of the share, so a new partition's share is assumed to
 * be spent to the same degree. A share of less than one request permits one. Guarded by its gate's lock.
 */
final class DayQuota {

    private static final double ROUNDING = 1e-6;

    private final int requestsPerDay;
    private final QuotaDay calendar;
    private double fraction;
    private double spentPart;
    private LocalDate day;

    DayQuota(int requestsPerDay, QuotaDay calendar, double fraction, Instant now) {
        this.requestsPerDay = requestsPerDay;
        this.calendar = calendar;
        this.fraction = fraction;
        this.day = calendar.of(now);
    }

    /** Time until a request may be made, or zero. */
    Duration wait(Instant now) {
        rollOver(now);
        if (fraction == 0) {
            return ModelGate.UNTIL_SIGNALLED;
        }
        double left = share() * (1 - spentPart);
        return left + ROUNDING >= Math.min(1, share()) ? Duration.ZERO : Duration.between(now, calendar.end(now));
    }

    /** Until when the share is used up; {@link Instant#MIN} if it is not, or if there is none. */
    Instant spentUntil(Instant now) {
        return fraction == 0 || wait(now).isZero() ? Instant.MIN : calendar.end(now);
    }

    /** Takes a request after {@link #wait} returned zero. */
    void take() {
        spentPart += 1 / share();
    }

    /** Returns an unused request, if it was taken today. */
    void refund(Instant now) {
        rollOver(now);
        if (fraction > 0) {
            spentPart = Math.max(0, spentPart - 1 / share());
        }
    }

    void share(double newFraction) {
        fraction = newFraction;
    }

    private double share() {
        return requestsPerDay * fraction;
    }

    private void rollOver(Instant now) {
        LocalDate today = calendar.of(now);
        if (today.isAfter(day)) {
            day = today;
            spentPart = 0;
        }
    }
}
