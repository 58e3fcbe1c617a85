package dev.renderfleet.worker.limits;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;

/**
 * A share of a limit of requests per day. Counts which part of its share was spent, so that what is left grows and shrinks with the
 * share: partitions that come are taken to be spent as far as those that were here. A share of less than one request is good for
 * one, or its jobs would wait for ever. Guarded by its gate's lock.
 */
final class DayBudget {

    private static final double ROUNDING = 1e-6;

    private final int requestsPerDay;
    private double fraction;
    private double spentPart;
    private LocalDate day;

    DayBudget(int requestsPerDay, double fraction, Instant now) {
        this.requestsPerDay = requestsPerDay;
        this.fraction = fraction;
        this.day = PacificDay.of(now);
    }

    /** How long until a request may be made; zero if it may. */
    Duration wait(Instant now) {
        turnPage(now);
        if (fraction == 0) {
            return Gate.UNTIL_SIGNALLED;
        }
        double left = share() * (1 - spentPart);
        return left + ROUNDING >= Math.min(1, share()) ? Duration.ZERO : Duration.between(now, PacificDay.end(now));
    }

    /** Takes the request that {@link #wait} has found to be there. */
    void take() {
        spentPart += 1 / share();
    }

    /** Takes back a request that was not made; yesterday's are no use today. */
    void giveBack(Instant now) {
        turnPage(now);
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

    private void turnPage(Instant now) {
        LocalDate today = PacificDay.of(now);
        if (today.isAfter(day)) {
            day = today;
            spentPart = 0;
        }
    }
}
