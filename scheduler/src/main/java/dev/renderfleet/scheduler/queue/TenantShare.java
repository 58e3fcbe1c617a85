package dev.renderfleet.scheduler.queue;

import org.jspecify.annotations.Nullable;

/**
 * What a tenant is entitled to.
 *
 * @param weight of its share of each model's quota, 1 to 10,000
 * @param runningMax released jobs without an outcome, over all models, 1 or more
 */
public record TenantShare(int weight, int runningMax) {

    /** Of a tenant of which nothing else is known. */
    public static final TenantShare DEFAULT = new TenantShare(100, Integer.MAX_VALUE);

    /**
     * The share of a tenant.
     *
     * @param runningMax null: no limit
     */
    public static TenantShare of(int weight, @Nullable Integer runningMax) {
        return new TenantShare(weight, runningMax == null ? Integer.MAX_VALUE : runningMax);
    }

    /** The largest weight. */
    public static final int WEIGHT_MAX = 10_000;

    public TenantShare {
        if (weight < 1 || weight > WEIGHT_MAX) {
            throw new IllegalArgumentException("a weight is 1 to 10000, not " + weight);
        }
        if (runningMax < 1) {
            throw new IllegalArgumentException("a limit of running jobs is 1 or more, not " + runningMax);
        }
    }
}
