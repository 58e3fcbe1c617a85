package dev.renderfleet.worker.providers;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/** The day of a daily quota: from midnight to midnight Pacific time, 23 to 25 hours. */
public final class QuotaDay {

    private static final ZoneId ZONE = ZoneId.of("America/Los_Angeles");

    private QuotaDay() {}

    /** The day that contains {@code now}. */
    public static LocalDate of(Instant now) {
        return LocalDate.ofInstant(now, ZONE);
    }

    /** The first midnight after {@code now}. */
    public static Instant end(Instant now) {
        return of(now).plusDays(1).atStartOfDay(ZONE).toInstant();
    }
}
