package dev.renderfleet.scheduler.why;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A cap and what is booked on it, in USD micros.
 *
 * @param reserved for calls in progress
 * @param unknown for calls whose bill is not known, until it is resolved
 * @param renewedAt when the cap begins anew; null: never
 */
public record SpendingCap(
        Scope scope,
        long cap,
        long spent,
        long reserved,
        long unknown,
        @Nullable Instant renewedAt) {

    /** What a cap bounds. */
    public enum Scope {
        JOB,
        BATCH,
        TENANT,
        TENANT_DAY,
        FLEET_DAY
    }

    /** What a release may reserve now. */
    public long free() {
        return cap - spent - reserved - unknown;
    }

    /** The cause of a job whose worst-case price does not fit now. It ends before the renewal if what is reserved makes room. */
    Cause.OverCap over(long needs) {
        boolean mayFitBefore = needs <= free() + reserved;
        return new Cause.OverCap(scope, cap, spent, reserved, unknown, needs, mayFitBefore ? null : renewedAt);
    }
}
