package dev.renderfleet.scheduler.queue;

import java.util.ArrayList;
import java.util.List;

/** A tenant over all models. Kept for as long as the leader leads: a pass must outlast an empty queue. */
final class Tenant {

    final String name;
    final List<TenantQueue> queues = new ArrayList<>();
    TenantShare share = TenantShare.DEFAULT;
    int running;

    Tenant(String name) {
        this.name = name;
    }

    /** Brings the tenant's place in each model up to date after a change of what runs or may run. */
    void refresh() {
        queues.forEach(queue -> queue.model.refresh(queue));
    }
}
