package dev.renderfleet.sandbox.gemini;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Token buckets per API key and model. A bucket starts full, holds as much as the limit, and refills evenly over its
 * period; the day's bucket refills over a day, which no test will see. A refused call takes nothing from any bucket.
 */
public final class QuotaEngine {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration DAY = Duration.ofDays(1);

    private final InstantSource clock;
    private final List<Limit> limits = new ArrayList<>();
    private final Map<Slot, Bucket> buckets = new HashMap<>();
    private final Map<Slot, Integer> running = new HashMap<>();

    public QuotaEngine(InstantSource clock) {
        this.clock = clock;
    }

    /** The limits of one model, or of each model if it names none; an absent number is no limit. */
    public record Limit(
            @Nullable String model,
            @Nullable Integer rpm,
            @Nullable Integer ipm,
            @Nullable Integer tpm,
            @Nullable Integer rpd,
            @Nullable Integer concurrency) {

        Map<QuotaKind, Integer> values() {
            var values = new EnumMap<QuotaKind, Integer>(QuotaKind.class);
            put(values, QuotaKind.RPM, rpm);
            put(values, QuotaKind.IPM, ipm);
            put(values, QuotaKind.TPM, tpm);
            put(values, QuotaKind.RPD, rpd);
            put(values, QuotaKind.CONCURRENCY, concurrency);
            return values;
        }

        private static void put(Map<QuotaKind, Integer> values, QuotaKind kind, @Nullable Integer limit) {
            if (limit != null) {
                values.put(kind, limit);
            }
        }
    }

    private record Slot(String key, String model, QuotaKind kind) {}

    private record Bucket(double level, Instant at) {}

    /** The call may run; it holds its place in the concurrency limit until closed. */
    final class Permit implements AutoCloseable {
        private final Slot slot;

        private Permit(Slot slot) {
            this.slot = slot;
        }

        @Override
        public void close() {
            synchronized (QuotaEngine.this) {
                running.merge(slot, -1, Integer::sum);
            }
        }
    }

    /** Permit or refusal. */
    sealed interface Answer {
        record Granted(Permit permit) implements Answer {}

        record Denied(ApiError error) implements Answer {}
    }

    /** Replaces the limits of a model; all buckets of it start full. */
    public synchronized void set(Limit limit) {
        limits.removeIf(old -> Objects.equals(old.model(), limit.model()));
        limits.add(limit);
        buckets.keySet().removeIf(slot -> limit.model() == null || slot.model().equals(limit.model()));
    }

    public synchronized List<Limit> limits() {
        return List.copyOf(limits);
    }

    public synchronized void clear() {
        limits.clear();
        buckets.clear();
    }

    synchronized Answer take(String key, GenerateCall call) {
        String model = call.model().id();
        var values = limitsOf(model);
        var levels = new HashMap<Slot, Bucket>();
        for (var limit : values.entrySet()) {
            QuotaKind kind = limit.getKey();
            var slot = new Slot(key, model, kind);
            int cost = cost(kind, call);
            if (kind == QuotaKind.CONCURRENCY) {
                if (running.getOrDefault(slot, 0) >= limit.getValue()) {
                    return denied(kind, model, limit.getValue(), Duration.ofSeconds(1));
                }
                continue;
            }
            double level = level(slot, limit.getValue());
            if (level < Math.min(cost, limit.getValue())) {
                return denied(kind, model, limit.getValue(), wait(kind, limit.getValue(), cost - level));
            }
            levels.put(slot, new Bucket(level - cost, clock.instant()));
        }
        buckets.putAll(levels);
        var slot = new Slot(key, model, QuotaKind.CONCURRENCY);
        running.merge(slot, 1, Integer::sum);
        return new Answer.Granted(new Permit(slot));
    }

    private Map<QuotaKind, Integer> limitsOf(String model) {
        Optional<Limit> own =
                limits.stream().filter(limit -> model.equals(limit.model())).findFirst();
        Optional<Limit> general =
                limits.stream().filter(limit -> limit.model() == null).findFirst();
        return own.or(() -> general).map(Limit::values).orElse(Map.of());
    }

    private double level(Slot slot, int limit) {
        Bucket bucket = buckets.get(slot);
        if (bucket == null) {
            return limit;
        }
        double elapsed = Duration.between(bucket.at(), clock.instant()).toNanos();
        return Math.min(limit, bucket.level() + elapsed / period(slot.kind()).toNanos() * limit);
    }

    private static int cost(QuotaKind kind, GenerateCall call) {
        return switch (kind) {
            case RPM, RPD, IPM, CONCURRENCY -> 1;
            case TPM -> call.promptTokens();
        };
    }

    private static Duration period(QuotaKind kind) {
        return kind == QuotaKind.RPD ? DAY : MINUTE;
    }

    private static Duration wait(QuotaKind kind, int limit, double missing) {
        return Duration.ofNanos(
                (long) (missing / Math.max(1, limit) * period(kind).toNanos()));
    }

    private static Answer denied(QuotaKind kind, String model, int limit, Duration wait) {
        double seconds = Math.max(0.001, wait.toNanos() / 1e9);
        return new Answer.Denied(ApiError.quota(kind, model, limit, "%.9fs".formatted(seconds)));
    }
}
