package dev.renderfleet.testbed.bench;

import java.time.Duration;

/**
 * A quota of one model.
 *
 * @param provider name of its simulator
 * @param calls that it grants in a minute or a day, or at a time
 * @param modelTime of a call
 */
record QuotaLimit(String provider, String model, QuotaUnit unit, int calls, Duration modelTime) {

    /** Calls that are granted in that time, of a day's quota in a day. */
    double granted(Duration during) {
        Duration period = switch (unit) {
            case REQUESTS, IMAGES, TOKENS -> Duration.ofMinutes(1);
            case DAY -> during;
            case CONCURRENT -> modelTime;
        };
        return (double) calls * during.toMillis() / period.toMillis();
    }

    @Override
    public String toString() {
        return calls + " " + unit + " of " + model;
    }
}
