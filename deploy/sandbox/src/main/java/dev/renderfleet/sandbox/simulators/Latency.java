package dev.renderfleet.sandbox.simulators;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long the model takes: lognormal around a median, with a p99, per model and size, divided by the time scale. Follows
 * from the seed and the request's digest alone, so the same request always takes the same time.
 */
public record Latency(long seed, double timeScale, Optional<Distribution> forAll) {
    /** The standard normal's 99th percentile. */
    private static final double Z_99 = 2.326_347_874;

    /** One distribution for all models. A p99 that equals the median is a fixed time. */
    public record Distribution(double medianSeconds, double p99Seconds) {
        public Distribution {
            if (!(medianSeconds >= 0) || p99Seconds < medianSeconds) {
                throw new IllegalArgumentException("latency wants 0 <= medianSeconds <= p99Seconds");
            }
        }
    }

    public Latency {
        if (!(timeScale > 0)) {
            throw new IllegalArgumentException("timeScale must be above 0");
        }
    }

    /** The rare very slow call, evenly spread. */
    public record Tail(double probability, double fromSeconds, double toSeconds) {}

    /** How long a request with this digest takes a model of that distribution and, maybe, tail. */
    public Duration of(String digest, Distribution model, @Nullable Tail tail) {
        double seconds = forAll.map(all -> lognormal(all, digest)).orElseGet(() -> ofModel(digest, model, tail));
        return Duration.ofNanos((long) (seconds / timeScale * 1e9));
    }

    public Latency with(Optional<Distribution> other) {
        return new Latency(seed, timeScale, other);
    }

    public Latency scaled(double factor) {
        return new Latency(seed, factor, forAll);
    }

    private double ofModel(String digest, Distribution model, @Nullable Tail tail) {
        if (tail != null && Digests.unit(seed, "tail", digest) < tail.probability()) {
            double where = Digests.unit(seed, "tail-length", digest);
            return tail.fromSeconds() + where * (tail.toSeconds() - tail.fromSeconds());
        }
        return lognormal(model, digest);
    }

    private double lognormal(Distribution distribution, String digest) {
        if (distribution.medianSeconds() == 0) {
            return 0;
        }
        double sigma = Math.log(distribution.p99Seconds() / distribution.medianSeconds()) / Z_99;
        return distribution.medianSeconds() * Math.exp(sigma * normal(digest));
    }

    /** Box and Muller. */
    private double normal(String digest) {
        double radius = Math.sqrt(-2 * Math.log(1 - Digests.unit(seed, "radius", digest)));
        return radius * Math.cos(2 * Math.PI * Digests.unit(seed, "angle", digest));
    }
}
