package dev.renderfleet.scheduler.queue;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How much of a model may be released, for answers and screens.
 *
 * @param flights released jobs without an outcome
 * @param flightsMax how many are wanted now, over all partitions
 * @param perSecond the rate in jobs that the window follows, above 0
 * @param full whether enough jobs are released for the moment
 * @param hold in effect
 */
public record WindowState(
        int flights,
        int flightsMax,
        double perSecond,
        boolean full,
        @Nullable ModelHeld hold,
        ModelDay day) {

    /**
     * A hold in effect.
     *
     * @param reason code of the refusal that caused it, such as {@code rate_limited}
     */
    public record ModelHeld(Instant until, String reason) {}

    /**
     * The quota of a day at the provider.
     *
     * @param released jobs released today
     * @param max how many a day; null: no limit
     * @param usedUpUntil the next midnight if no more may be released today
     */
    public record ModelDay(
            int released, @Nullable Integer max, @Nullable Instant usedUpUntil) {}
}
