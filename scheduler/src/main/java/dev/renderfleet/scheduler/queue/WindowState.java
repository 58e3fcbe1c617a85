package dev.renderfleet.scheduler.queue;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How much of a model may be released, for answers and screens.
 *
 * @param flights released jobs without an outcome
 * @param flightsMax how many are wanted now, over all partitions
 * @param perSecond the rate in jobs that the window follows
 * @param full whether enough jobs are released for the moment
 * @param heldUntil end of a hold in effect
 * @param today jobs released today
 * @param dayMax how many a day; null: no limit
 * @param dayEnd the midnight at which a day's quota that is used up begins anew; null while it is not
 */
public record WindowState(
        int flights,
        int flightsMax,
        double perSecond,
        boolean full,
        @Nullable Instant heldUntil,
        int today,
        @Nullable Integer dayMax,
        @Nullable Instant dayEnd) {}
