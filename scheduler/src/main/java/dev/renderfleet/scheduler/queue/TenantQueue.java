package dev.renderfleet.scheduler.queue;

import java.time.Instant;
import java.util.Comparator;
import java.util.TreeSet;

/** One tenant's flows of one model. Ordered by pass, then by who was served longer ago. */
final class TenantQueue {

    /** Divided by a weight it is the step of a pass. At 2,000 releases a second a pass of weight 1 lasts 1.4 years of one leader. */
    private static final long PASS_SCALE = 100_000_000L;

    static final Comparator<TenantQueue> ORDER = Comparator.comparingLong((TenantQueue each) -> each.pass)
            .thenComparingLong(each -> each.servedNumber)
            .thenComparing(each -> each.tenant.name);

    final Tenant tenant;
    final ModelQueue model;
    final TreeSet<QueuedFlow> runnable = new TreeSet<>(QueuedFlow.ORDER);

    private long pass;
    private long servedNumber;

    TenantQueue(Tenant tenant, ModelQueue model) {
        this.tenant = tenant;
        this.model = model;
    }

    boolean isActive() {
        return !runnable.isEmpty() && tenant.running < tenant.share.runningMax();
    }

    long pass() {
        return pass;
    }

    /** Gives no credit for the time without waiting jobs. */
    void activated(long virtualTime) {
        pass = Math.max(pass, virtualTime);
    }

    void served(QueuedFlow flow, long number, Instant now) {
        boolean waits = runnable.remove(flow);
        flow.served(number, now);
        if (waits) {
            runnable.add(flow);
        }
        servedNumber = number;
        pass += step();
    }

    void refund() {
        pass -= step();
    }

    private long step() {
        return PASS_SCALE / tenant.share.weight();
    }
}
