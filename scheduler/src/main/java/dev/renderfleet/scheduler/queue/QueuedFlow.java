package dev.renderfleet.scheduler.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Set;

/** A flow with waiting jobs. Ordered by turn, then by who was served longer ago. The order may change only outside a sorted set. */
final class QueuedFlow {

    /** What one level of priority is worth in waiting time. */
    static final Duration LEVEL = Duration.ofMinutes(2);

    static final Comparator<QueuedFlow> ORDER = Comparator.comparing((QueuedFlow each) -> each.turn)
            .thenComparingLong(each -> each.servedNumber)
            .thenComparingLong(each -> each.flow.number());

    final Flow flow;
    final TenantQueue queue;
    final Set<Parking> parked = EnumSet.noneOf(Parking.class);

    /** A key that ages by itself: the last service, or the arrival, less two minutes for each level of priority. */
    private Instant turn;

    private long servedNumber;

    QueuedFlow(Flow flow, TenantQueue queue, Instant arrivedAt) {
        this.flow = flow;
        this.queue = queue;
        this.turn = turn(arrivedAt);
    }

    void served(long number, Instant now) {
        servedNumber = number;
        turn = turn(now);
    }

    private Instant turn(Instant since) {
        return since.minus(LEVEL.multipliedBy(flow.priority()));
    }
}
