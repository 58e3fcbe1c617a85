package dev.renderfleet.worker.limits;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/**
 * The day of a daily quota: from midnight to midnight at the provider, 23 to 25 hours.
 *
 * @param zone the provider's
 */
record QuotaDay(ZoneId zone) {

    /** The day that contains {@code now}. */
    LocalDate of(Instant now) {
        return LocalDate.ofInstant(now, zone);
    }

    /** The first midnight after {@code now}. */
    Instant end(Instant now) {
        return of(now).plusDays(1).atStartOfDay(zone).toInstant();
    }
}
