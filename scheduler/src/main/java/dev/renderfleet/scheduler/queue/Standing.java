package dev.renderfleet.scheduler.queue;

import java.util.List;
import java.util.Set;

/**
 * Where a flow stands in its model's line.
 *
 * @param parked why it is not served; empty: it is served in its turn
 * @param tenantRunning released jobs of the tenant without an outcome, over all models
 * @param tenantRunningMax how many it may have
 * @param share of the model's releases that the tenant is entitled to while the tenants that wait now go on waiting, above 0 to 1
 * @param before flows of the tenant and model with a higher priority that are served now
 * @param beside those with the same priority, without this one
 */
public record Standing(
        Set<Parking> parked,
        int tenantRunning,
        int tenantRunningMax,
        double share,
        List<Flow> before,
        List<Flow> beside) {

    public Standing {
        parked = Set.copyOf(parked);
        before = List.copyOf(before);
        beside = List.copyOf(beside);
    }
}
