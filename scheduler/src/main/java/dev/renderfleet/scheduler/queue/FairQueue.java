package dev.renderfleet.scheduler.queue;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides whose job is released next, for each model on its own (ADR 38). Tenants get shares by weight; what one does not use the
 * others borrow, and no tenant gets credit for time without waiting jobs. Within a tenant a level of priority is worth two
 * minutes of waiting, so nothing starves; flows of equal rank alternate. Each method but {@link #standing} and {@link #shares}
 * takes O(log n).
 *
 * <p>For the dispatch thread only. The order of calls:
 * <ol>
 *   <li>at the start of a leader {@link #tenant}, {@link #running} and {@link #add};
 *   <li>at a release {@link #first}; then, of that flow, {@link #remove} if it has no job left, {@link #park} if its first job may
 *       not run now, or {@link #released};
 *   <li>at a release that was not stored after all {@link #withdrawn}; at each outcome {@link #ended}; a change that ends a reason calls {@link #unpark} or {@link #unparkAll}; a job of a flow that
 *       was empty calls {@link #add} again.
 * </ol>
 */
public final class FairQueue {

    private final Map<String, Tenant> tenants = new HashMap<>();
    private final Map<String, ModelQueue> models = new HashMap<>();
    private final Map<Long, QueuedFlow> flows = new HashMap<>();

    /** Sets a tenant's weight and limit, now or while it has jobs. */
    public void tenant(String name, TenantShare share) {
        Tenant tenant = known(name);
        tenant.share = share;
        tenant.refresh();
    }

    /** Sets how many jobs of a tenant are released and without an outcome. */
    public void running(String name, int running) {
        Tenant tenant = known(name);
        tenant.running = running;
        tenant.refresh();
    }

    /**
     * Adds a flow that has waiting jobs. A flow that is there already keeps its place.
     *
     * @param since when its oldest job arrived
     */
    public void add(Flow flow, Instant since) {
        flows.computeIfAbsent(flow.number(), _ -> {
            TenantQueue queue =
                    models.computeIfAbsent(flow.model(), _ -> new ModelQueue()).of(known(flow.tenant()));
            QueuedFlow queued = new QueuedFlow(flow, queue, since);
            queue.runnable.add(queued);
            queue.model.refresh(queue);
            return queued;
        });
    }

    /** Removes a flow that has no waiting job. An unknown one is ignored. */
    public void remove(long flow) {
        QueuedFlow queued = flows.remove(flow);
        if (queued != null) {
            queued.queue.runnable.remove(queued);
            queued.queue.model.refresh(queued.queue);
        }
    }

    /** Serves the flow no more until the reason has ended. Its age goes on. An unknown flow is ignored. */
    public void park(long flow, Parking reason) {
        QueuedFlow queued = flows.get(flow);
        if (queued != null && queued.parked.add(reason)) {
            queued.queue.runnable.remove(queued);
            queued.queue.model.refresh(queued.queue);
        }
    }

    /** Ends one reason of a flow. */
    public void unpark(long flow, Parking reason) {
        QueuedFlow queued = flows.get(flow);
        if (queued != null && queued.parked.remove(reason) && queued.parked.isEmpty()) {
            queued.queue.runnable.add(queued);
            queued.queue.model.refresh(queued.queue);
        }
    }

    /** Ends a reason of all flows that {@code which} accepts, in O(flows). */
    public void unparkAll(Parking reason, Predicate<Flow> which) {
        flows.values().stream()
                .filter(each -> each.parked.contains(reason) && which.test(each.flow))
                .forEach(each -> unpark(each.flow.number(), reason));
    }

    /** The flow whose first job is released next; null if the model has none that may be. Changes nothing. */
    public @Nullable Flow first(String model) {
        ModelQueue queue = models.get(model);
        return queue == null ? null : queue.first();
    }

    /** Charges a release to the flow and its tenant and counts one more running job. */
    public void released(long flow, Instant now) {
        QueuedFlow queued = Objects.requireNonNull(flows.get(flow), "unknown flow");
        queued.queue.model.served(queued, now);
        running(queued.flow.tenant(), queued.queue.tenant.running + 1);
    }

    /** Takes back a release that came to nothing, with its charge to the tenant and its running job. */
    public void withdrawn(Flow flow) {
        ModelQueue model = models.get(flow.model());
        if (model != null) {
            model.refund(model.of(known(flow.tenant())));
        }
        ended(flow.tenant());
    }

    /** Counts one running job less. */
    public void ended(String tenant) {
        running(tenant, Math.max(0, known(tenant).running - 1));
    }

    /** Where a flow stands; null if it has no waiting job. O(flows of the tenant and tenants of the model). */
    public @Nullable Standing standing(long flow) {
        QueuedFlow queued = flows.get(flow);
        if (queued == null) {
            return null;
        }
        TenantQueue queue = queued.queue;
        List<Flow> others = queue.runnable.stream()
                .map(each -> each.flow)
                .filter(each -> each.number() != flow)
                .toList();
        int priority = queued.flow.priority();
        return new Standing(
                queued.parked,
                queue.tenant.running,
                queue.tenant.share.runningMax(),
                queue.model.share(queue),
                others.stream().filter(each -> each.priority() > priority).toList(),
                others.stream().filter(each -> each.priority() == priority).toList());
    }

    /** The share of a model's releases to which each tenant in its line is entitled now, by name. */
    public Map<String, Double> shares(String model) {
        ModelQueue queue = models.get(model);
        return queue == null ? Map.of() : queue.shares();
    }

    private Tenant known(String name) {
        return tenants.computeIfAbsent(name, Tenant::new);
    }
}
