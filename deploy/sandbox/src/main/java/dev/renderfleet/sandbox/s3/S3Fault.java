package dev.renderfleet.sandbox.s3;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong between a client and the store, and for which requests. Absent conditions match every request; an absent
 * count never ends.
 *
 * @param method such as PUT
 * @param path what the request's path begins with, bucket included: {@code /renderfleet/assets/}
 * @param probability of the requests that match, 0 to 1
 * @param count after so many requests it is over
 * @param seconds how long SLOW holds the answer back (1 if absent), whatever the time scale
 * @param bytesPerSecond how fast DRIP is (64 KiB/s if absent)
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record S3Fault(
        Kind fault,
        @Nullable String method,
        @Nullable String path,
        @Nullable Double probability,
        @Nullable Integer count,
        @Nullable Double seconds,
        @Nullable Integer bytesPerSecond) {

    /** The names are those of the control API. */
    public enum Kind {
        /** 503 with the code SlowDown; the store has not seen the request. */
        @JsonProperty("503")
        SLOW_DOWN,
        /** 403 with the code RequestTimeTooSkewed, as after a jump of a clock; the store has not seen the request. */
        @JsonProperty("403_SKEWED")
        SKEWED,
        /** The store has done it, and the answer is a 500 with the code InternalError. */
        @JsonProperty("500_AFTER")
        ERROR_AFTER,
        /** The connection is reset; the store has not seen the request. */
        RESET,
        /** The store has done it, and the connection is reset before the answer. */
        RESET_AFTER,
        /** The store does it at once, and the answer comes later. */
        SLOW,
        /** The bytes of request and answer trickle. */
        DRIP,
        /** The conditions of a put, If-Match and If-None-Match, are overlooked, as by a store that does not know them. */
        UNCONDITIONAL,
        /** An outage: new connections are reset, and so are open ones at their next request. */
        DOWN
    }

    private static final double SECONDS_DEFAULT = 1;
    private static final int BYTES_PER_SECOND_DEFAULT = 64 * 1024;

    public S3Fault {
        if (fault == null) {
            throw new IllegalArgumentException("an S3 fault needs its name in 'fault'");
        }
        if (probability != null && !(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("probability is 0 to 1, not " + probability);
        }
        if ((count != null && count < 0)
                || (seconds != null && !(seconds >= 0))
                || (bytesPerSecond != null && bytesPerSecond < 1)) {
            throw new IllegalArgumentException("count and seconds are not negative, bytesPerSecond is above 0");
        }
    }

    /** Of every request, for ever. */
    public static S3Fault of(Kind kind) {
        return new S3Fault(kind, null, null, null, null, null, null);
    }

    public S3Fault forMethod(String only) {
        return new S3Fault(fault, only, path, probability, count, seconds, bytesPerSecond);
    }

    public S3Fault forPath(String prefix) {
        return new S3Fault(fault, method, prefix, probability, count, seconds, bytesPerSecond);
    }

    public S3Fault withProbability(double chance) {
        return new S3Fault(fault, method, path, chance, count, seconds, bytesPerSecond);
    }

    public S3Fault times(int requests) {
        return new S3Fault(fault, method, path, probability, requests, seconds, bytesPerSecond);
    }

    public S3Fault lasting(double delaySeconds) {
        return new S3Fault(fault, method, path, probability, count, delaySeconds, bytesPerSecond);
    }

    public S3Fault atBytesPerSecond(int speed) {
        return new S3Fault(fault, method, path, probability, count, seconds, speed);
    }

    boolean concerns(String requestMethod, String requestPath) {
        return (method == null || method.equals(requestMethod)) && (path == null || requestPath.startsWith(path));
    }

    double chance() {
        return probability == null ? 1 : probability;
    }

    long delayMillis() {
        return (long) ((seconds == null ? SECONDS_DEFAULT : seconds) * 1000);
    }

    int speed() {
        return bytesPerSecond == null ? BYTES_PER_SECOND_DEFAULT : bytesPerSecond;
    }
}
