package dev.renderfleet.worker.limits;

import org.jspecify.annotations.Nullable;

/**
 * This worker's share of a limit of calls in progress. A share of less than one call permits one: the provider's refusal of a call too
 * many is free. Resumed tasks may exceed it. Guarded by the lock of its provider's account.
 */
final class ConcurrentCalls {

    private static final double ROUNDING = 1e-6;

    private final @Nullable Integer fleetMax;
    private int max;
    private int inProgress;

    /**
     * @param fleetMax of the whole fleet; null: no limit
     * @param fraction as for {@link #share}
     */
    ConcurrentCalls(@Nullable Integer fleetMax, double fraction) {
        this.fleetMax = fleetMax;
        share(fraction);
    }

    /** Sets this worker's share, 0 to 1. Calls in progress go on. */
    void share(double fraction) {
        max = fleetMax == null
                ? Integer.MAX_VALUE
                : fraction == 0 ? 0 : Math.max(1, (int) (fleetMax * fraction + ROUNDING));
    }

    boolean isLimited() {
        return fleetMax != null;
    }

    /** Whether no call may begin now. */
    boolean areExhausted() {
        return inProgress >= max;
    }

    void begin() {
        inProgress++;
    }

    void end() {
        inProgress--;
    }
}
