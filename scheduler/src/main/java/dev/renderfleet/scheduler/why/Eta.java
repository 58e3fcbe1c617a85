package dev.renderfleet.scheduler.why;

import dev.renderfleet.scheduler.queue.Flow;
import dev.renderfleet.scheduler.queue.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Estimates when a waiting job is released, from what waits now: jobs that arrive later, and prices, are not foreseen. */
public final class Eta {

    /** No estimate is given beyond this. */
    static final Duration FORESEEN_MAX = Duration.ofDays(30);

    private Eta() {}

    /**
     * Jobs of the same tenant and model that are released before one at a place of its flow: all of higher priority, and as many of
     * each flow of equal priority. Lower ones that have aged are left out.
     *
     * @param place jobs before it in its flow
     * @param waiting jobs that wait in a flow
     */
    public static long ahead(long place, Standing standing, ToLongFunction<Flow> waiting) {
        long higher = standing.before().stream().mapToLong(waiting).sum();
        long equal = standing.beside().stream()
                .mapToLong(each -> Math.min(waiting.applyAsLong(each), place + 1))
                .sum();
        return place + higher + equal;
    }

    /**
     * Jobs of other tenants that are released while the tenant gets {@code ahead} and one more: of each its share, or all it has.
     *
     * @param shares by tenant, as of {@link dev.renderfleet.scheduler.queue.FairQueue#shares}
     * @param waiting jobs of a tenant that wait for the model
     */
    public static long others(long ahead, String tenant, Map<String, Double> shares, ToLongFunction<String> waiting) {
        Double own = shares.get(tenant);
        return shares.entrySet().stream()
                .filter(each -> !each.getKey().equals(tenant))
                .mapToLong(each -> Math.min(
                        waiting.applyAsLong(each.getKey()),
                        own == null ? Long.MAX_VALUE : (long) ((ahead + 1) * each.getValue() / own)))
                .sum();
    }

    /** Null while a cause has no known end, or is further off than {@link #FORESEEN_MAX}. */
    static @Nullable Instant releasedAt(WaitingJob job, List<Cause> causes) {
        Instant from = job.now();
        for (Cause cause : causes) {
            Instant until = cause.until();
            switch (cause) {
                case Cause.Turn _, Cause.Entering _, Cause.WindowFull _, Cause.RunningMax _ -> {} // in the rate
                default -> {
                    if (until == null) {
                        return null;
                    }
                    from = until.isAfter(from) ? until : from;
                }
            }
        }
        WaitingJob.Line line = job.line();
        double seconds = line == null
                ? 0
                : (line.ahead() + line.others()) / line.window().perSecond();
        return seconds > FORESEEN_MAX.toSeconds() ? null : from.plusMillis((long) (seconds * 1_000));
    }
}
