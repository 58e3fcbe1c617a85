package dev.renderfleet.scheduler.why;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;

/** Judges estimates by what came: the mean of |estimated wait - wait| / wait of the last 1,000. Not safe for use by several threads. */
public final class EtaScore {

    private static final int KEPT_MAX = 1_000;
    /** Shorter waits are judged as if they took this long: an error of milliseconds is none. */
    private static final double WAIT_MIN_MILLIS = 1_000;

    private final Deque<Double> errors = new ArrayDeque<>();
    private double sum;

    /**
     * Adds one estimate.
     *
     * @param asked when the estimate was made
     * @param estimated the release as it was estimated
     * @param released the release
     */
    public void add(Instant asked, Instant estimated, Instant released) {
        double wait = Math.max(millis(asked, released), WAIT_MIN_MILLIS);
        double error = Math.abs(millis(released, estimated)) / wait;
        errors.addLast(error);
        sum += error;
        if (errors.size() > KEPT_MAX) {
            sum -= errors.removeFirst();
        }
    }

    /** 0: all were right; 1: the error is as long as the wait. Empty before the first. */
    public OptionalDouble errorRatio() {
        return errors.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Math.max(0, sum) / errors.size());
    }

    private static double millis(Instant from, Instant to) {
        return (double) Duration.between(from, to).toMillis();
    }
}
