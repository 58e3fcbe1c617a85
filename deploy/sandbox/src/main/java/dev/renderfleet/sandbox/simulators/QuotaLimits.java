package dev.renderfleet.sandbox.simulators;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Token buckets per API key and model. A bucket starts full, holds as much as the limit, and refills evenly over its
 * period; the day's bucket refills over a day, which no test will see. A refused call takes nothing from any bucket.
 * Safe for use by several threads.
 */
public final class QuotaLimits {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration WAIT_FOR_A_PLACE = Duration.ofSeconds(1);

    private final InstantSource clock;
    private final List<SimulatedQuota> quotas = new ArrayList<>();
    private final Map<Slot, Bucket> buckets = new HashMap<>();
    private final Map<Slot, Integer> running = new HashMap<>();

    public QuotaLimits(InstantSource clock) {
        this.clock = clock;
    }

    /** With this many calls at a time for each model. */
    public static QuotaLimits concurrency(int calls, InstantSource clock) {
        var limits = new QuotaLimits(clock);
        limits.set(new SimulatedQuota(null, null, null, null, null, calls));
        return limits;
    }

    private record Slot(String key, String model, SimulatedQuota.Kind kind) {}

    private record Bucket(double level, Instant at) {}

    /** The call may run; it holds its place in the concurrency limit until closed. */
    @FunctionalInterface
    public interface Permit extends AutoCloseable {
        @Override
        void close();

        /** Both, to be closed as one. */
        default Permit and(Permit other) {
            return () -> {
                close();
                other.close();
            };
        }
    }

    /** Permit or refusal. */
    public sealed interface Decision {
        record Granted(Permit permit) implements Decision {}

        /** Which limit it is, and after how long there is room for the call. */
        record Denied(SimulatedQuota.Kind kind, int limit, Duration retryAfter) implements Decision {}
    }

    /** Replaces the limits of a model; all buckets of it start full. */
    public synchronized void set(SimulatedQuota quota) {
        quotas.removeIf(old -> Objects.equals(old.model(), quota.model()));
        quotas.add(quota);
        buckets.keySet().removeIf(slot -> quota.model() == null || slot.model().equals(quota.model()));
    }

    public synchronized List<SimulatedQuota> quotas() {
        return List.copyOf(quotas);
    }

    public synchronized void clear() {
        quotas.clear();
        buckets.clear();
    }

    public synchronized Decision take(String key, String model, int images, int promptTokens) {
        var levels = new HashMap<Slot, Bucket>();
        for (var entry : limitsOf(model).entrySet()) {
            SimulatedQuota.Kind kind = entry.getKey();
            int limit = entry.getValue();
            var slot = new Slot(key, model, kind);
            if (kind == SimulatedQuota.Kind.CONCURRENCY) {
                if (running.getOrDefault(slot, 0) >= limit) {
                    return new Decision.Denied(kind, limit, WAIT_FOR_A_PLACE);
                }
                continue;
            }
            int cost = switch (kind) {
                case RPM, RPD, CONCURRENCY -> 1;
                case IPM -> images;
                case TPM -> promptTokens;
            };
            double level = level(slot, limit);
            if (level < Math.min(cost, limit)) {
                return new Decision.Denied(kind, limit, wait(kind, limit, cost - level));
            }
            levels.put(slot, new Bucket(level - cost, clock.instant()));
        }
        buckets.putAll(levels);
        var slot = new Slot(key, model, SimulatedQuota.Kind.CONCURRENCY);
        running.merge(slot, 1, Integer::sum);
        return new Decision.Granted(() -> release(slot));
    }

    private synchronized void release(Slot slot) {
        running.merge(slot, -1, Integer::sum);
    }

    private Map<SimulatedQuota.Kind, Integer> limitsOf(String model) {
        Optional<SimulatedQuota> own =
                quotas.stream().filter(quota -> model.equals(quota.model())).findFirst();
        Optional<SimulatedQuota> general =
                quotas.stream().filter(quota -> quota.model() == null).findFirst();
        return own.or(() -> general).map(SimulatedQuota::limits).orElse(Map.of());
    }

    private double level(Slot slot, int limit) {
        Bucket bucket = buckets.get(slot);
        if (bucket == null) {
            return limit;
        }
        double elapsed = Duration.between(bucket.at(), clock.instant()).toNanos();
        return Math.min(limit, bucket.level() + elapsed / period(slot.kind()).toNanos() * limit);
    }

    private static Duration period(SimulatedQuota.Kind kind) {
        return kind == SimulatedQuota.Kind.RPD ? DAY : MINUTE;
    }

    private static Duration wait(SimulatedQuota.Kind kind, int limit, double missing) {
        return Duration.ofNanos(
                (long) (missing / Math.max(1, limit) * period(kind).toNanos()));
    }
}
