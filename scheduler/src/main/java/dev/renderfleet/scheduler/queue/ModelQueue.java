package dev.renderfleet.scheduler.queue;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The tenants that wait for one model, by stride scheduling: the least pass is served and advances by a step of 1 / weight. */
final class ModelQueue {

    private final Map<String, TenantQueue> tenants = new HashMap<>();
    private final TreeSet<TenantQueue> active = new TreeSet<>(TenantQueue.ORDER);

    /** The pass of the tenant that was served last. */
    private long virtualTime;

    private long served;

    TenantQueue of(Tenant tenant) {
        return tenants.computeIfAbsent(tenant.name, _ -> {
            TenantQueue queue = new TenantQueue(tenant, this);
            tenant.queues.add(queue);
            return queue;
        });
    }

    @Nullable
    Flow first() {
        return active.isEmpty() ? null : active.first().runnable.first().flow;
    }

    void served(QueuedFlow flow, Instant now) {
        TenantQueue queue = flow.queue;
        active.remove(queue);
        virtualTime = Math.max(virtualTime, queue.pass());
        queue.served(flow, ++served, now);
        refresh(queue);
    }

    void refund(TenantQueue queue) {
        active.remove(queue);
        queue.refund();
        refresh(queue);
    }

    /** Puts a tenant into the line or takes it out, as its flows and its running jobs demand. */
    void refresh(TenantQueue queue) {
        if (!queue.isActive()) {
            active.remove(queue);
        } else if (!active.contains(queue)) {
            queue.activated(virtualTime);
            active.add(queue);
        }
    }

    /** Share by name of each tenant in the line. */
    Map<String, Double> shares() {
        double all =
                active.stream().mapToInt(each -> each.tenant.share.weight()).sum();
        Map<String, Double> shares = new TreeMap<>();
        active.forEach(each -> shares.put(each.tenant.name, each.tenant.share.weight() / all));
        return shares;
    }

    /** The share that a tenant has, or would have were it in the line. */
    double share(TenantQueue queue) {
        int others = active.stream()
                .filter(each -> each != queue)
                .mapToInt(each -> each.tenant.share.weight())
                .sum();
        int own = queue.tenant.share.weight();
        return (double) own / (others + own);
    }
}
