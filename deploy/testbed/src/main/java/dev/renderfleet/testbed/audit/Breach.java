package dev.renderfleet.testbed.audit;

import java.util.Locale;

/** A broken promise. */
public enum Breach {
    /** Records without an outcome event. */
    LOST,
    /** Outcome events beyond the number of records, or beyond one first-time event. */
    DOUBLED,
    /** Distinct outcomes of one job beyond the first. */
    CONFLICTING,
    /** An image of an event that is not stored. */
    MISSING,
    /** A stored image whose length, digest or pixel size differs from its event, or that cannot be decoded. */
    DAMAGED,
    /**
     * Billed calls beyond one for each job and one for each response that the simulator spoilt. A job with {@code onUnknown: hold} may be
     * called again only after a useless response.
     */
    OVERPAID,
    /** Billed calls that the event does not list as an attempt with a price. */
    HIDDEN,
    /**
     * A valid job that failed without an excuse. The only excuse is calls of unknown outcome, as many as the job allows, each listed in the
     * event and explained by a kill or pause after its start or by a spoilt response.
     */
    FAILED,
    /** A job with a terminal ledger entry and no event. */
    UNANNOUNCED,
    /** An event without a record. */
    FOREIGN,
    /** A job that cost more than its budget, by its event or by the provider's bill; or a tenant's cap that was passed by the bills. */
    OVERSPENT,
    /** An event whose cost is below the providers' bill; or above it, though all calls were answered as usual. */
    MISPRICED,
    /**
     * A call of another model that {@code routing.fallback} forbids: a second model billed a job without {@code any}. Or an event that names
     * another model than its last attempt.
     */
    MISROUTED,
    /** An edit whose event has another parent, or continued the parent's session and says otherwise; or a call without the parent's image. */
    MISEDITED,
    /** Accounts of a scheduler that differ from what its jobs cost, or in which money is still reserved when all jobs have ended. */
    UNBALANCED,
    /** A job, by any door, for which a scheduler has counted another amount than its event. */
    MISCOUNTED,
    /** An accepted job without a final state, or one that more later jobs of other tenants overtook than their weights and a bound allow. */
    STARVED;

    /** Name in reports and JSON, where {@code failed} counts outcomes. */
    public String key() {
        return this == FAILED ? "failedUnexcused" : name().toLowerCase(Locale.ROOT);
    }
}
