package dev.renderfleet.scheduler.queue;

import dev.renderfleet.scheduler.queue.WindowState.ModelDay;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** Counts a model's releases of one day at its provider. */
final class DayReleases {

    private LocalDate day = LocalDate.EPOCH;
    private int count;

    void add(ModelLimits limits, Instant now) {
        set(count(limits, now) + 1, limits, now);
    }

    /** A job of today used nothing of the quota. */
    void remove(ModelLimits limits, Instant now) {
        set(Math.max(0, count(limits, now) - 1), limits, now);
    }

    void set(int releases, ModelLimits limits, Instant now) {
        day = today(limits, now);
        count = releases;
    }

    /** Until when the quota of the day is used up; null if it is not. */
    @Nullable
    Instant usedUpUntil(ModelLimits limits, Instant now) {
        Integer max = limits.perDay();
        return max == null || count(limits, now) < max
                ? null
                : day.plusDays(1).atStartOfDay(limits.dayZone()).toInstant();
    }

    ModelDay state(ModelLimits limits, Instant now) {
        return new ModelDay(count(limits, now), limits.perDay(), usedUpUntil(limits, now));
    }

    private int count(ModelLimits limits, Instant now) {
        return today(limits, now).equals(day) ? count : 0;
    }

    private static LocalDate today(ModelLimits limits, Instant now) {
        return LocalDate.ofInstant(now, limits.dayZone());
    }
}
