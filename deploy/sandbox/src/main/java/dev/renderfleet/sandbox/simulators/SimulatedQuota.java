package dev.renderfleet.sandbox.simulators;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The limits of one model, or of every model without limits of its own; an absent number is no limit. */
public record SimulatedQuota(
        @Nullable String model,
        @Nullable Integer rpm,
        @Nullable Integer ipm,
        @Nullable Integer tpm,
        @Nullable Integer rpd,
        @Nullable Integer concurrency) {

    /** What is limited: requests, images and input tokens per minute, requests per day, calls at a time. */
    public enum Kind {
        RPM,
        IPM,
        TPM,
        RPD,
        CONCURRENCY
    }

    public static SimulatedQuota requestsPerMinute(int rpm) {
        return new SimulatedQuota(null, rpm, null, null, null, null);
    }

    Map<Kind, Integer> limits() {
        var limits = new EnumMap<Kind, Integer>(Kind.class);
        put(limits, Kind.RPM, rpm);
        put(limits, Kind.IPM, ipm);
        put(limits, Kind.TPM, tpm);
        put(limits, Kind.RPD, rpd);
        put(limits, Kind.CONCURRENCY, concurrency);
        return limits;
    }

    private static void put(Map<Kind, Integer> limits, Kind kind, @Nullable Integer limit) {
        if (limit != null) {
            limits.put(kind, limit);
        }
    }
}
