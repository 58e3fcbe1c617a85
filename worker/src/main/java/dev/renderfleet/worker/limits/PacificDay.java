package dev.renderfleet.worker.limits;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/** The day by which providers count: it begins at midnight in Los Angeles, and has 23 to 25 hours. */
final class PacificDay {

    private static final ZoneId ZONE = ZoneId.of("America/Los_Angeles");

    private PacificDay() {}

    static LocalDate of(Instant now) {
        return LocalDate.ofInstant(now, ZONE);
    }

    /** The first midnight after now. */
    static Instant end(Instant now) {
        return of(now).plusDays(1).atStartOfDay(ZONE).toInstant();
    }
}
