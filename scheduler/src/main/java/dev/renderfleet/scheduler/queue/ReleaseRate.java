package dev.renderfleet.scheduler.queue;

import java.time.Duration;
import java.time.Instant;

/**
 * Learns a model's speed from outcomes: the mean working time, and the rate at which the workers really take jobs. The rate starts
 * at the quota, or at {@link #FIRST_FLIGHTS} in all without one. While the window is the limit it is lowered
 * once a round trip to the throughput if jobs wait too long for their call, and raised if they hardly wait.
 */
final class ReleaseRate {

    /** Released at once to a model without a quota of which nothing is known. */
    static final int FIRST_FLIGHTS = 16;

    private static final int SAMPLES = 50;
    private static final int ROUND_SAMPLES = 16;
    /** Of a round trip: towards a known quota, and where only a longer line shows that the rate is too high. */
    private static final double GROWTH_TO_QUOTA = 2;

    private static final double GROWTH_UNKNOWN = 1.25;
    /** Above the throughput, so that its measurement does not make it lower. */
    private static final double HEADROOM = 1.1;

    private static final double WORKED_MIN = 0.001;
    private static final double SECOND_NANOS = 1e9;

    private final double[] worked = new double[SAMPLES];
    private int samples;
    private double workedSum;
    private double workedMean;

    private double rate;
    private Instant roundBegan = Instant.EPOCH;
    private int roundOutcomes;
    private double roundWaited;
    private int roundSamples;

    /** @param typical working time until the first outcome */
    ReleaseRate(Duration typical, double ceiling) {
        workedMean = Math.max(WORKED_MIN, seconds(typical));
        rate = Double.isInfinite(ceiling) ? FIRST_FLIGHTS / (workedMean + seconds(ModelWindow.AHEAD)) : ceiling;
    }

    /** Jobs a second. */
    double perSecond() {
        return rate;
    }

    /** Mean working time of the last outcomes, in seconds. */
    double workedSeconds() {
        return workedMean;
    }

    /** Goes on at a rate that was learned before, where there is no limit that tells a better one. */
    void resume(double learned, double ceiling) {
        rate = Double.isInfinite(ceiling) ? learned : rate;
    }

    /** Follows a changed limit at once, both ways. */
    void limit(double ceiling) {
        rate = Double.isInfinite(ceiling) ? rate : ceiling;
    }

    void worked(Duration time) {
        roundOutcomes++;
        double seconds = seconds(time);
        int slot = samples++ % SAMPLES;
        workedSum += seconds - worked[slot];
        worked[slot] = seconds;
        workedMean = Math.max(WORKED_MIN, workedSum / Math.min(samples, SAMPLES));
    }

    /**
     * Takes the waiting time of a job that was released in this round.
     *
     * @param expected the wait that the window aims at, in seconds
     * @param ceiling the limit of the rate
     * @return whether the round has ended
     */
    boolean waited(Duration time, double expected, double ceiling, Instant now) {
        roundWaited += seconds(time);
        if (++roundSamples < ROUND_SAMPLES) {
            return false;
        }
        double mean = roundWaited / roundSamples;
        double throughput = roundOutcomes / Math.max(WORKED_MIN, seconds(Duration.between(roundBegan, now)));
        if (mean > 2 * expected) {
            rate = Math.min(rate, throughput * HEADROOM);
        } else if (mean < expected / 2) {
            rate = Math.min(ceiling, rate * (Double.isInfinite(ceiling) ? GROWTH_UNKNOWN : GROWTH_TO_QUOTA));
        }
        return true;
    }

    /** Begins a round: what was released before says nothing about the window of now. */
    void restart(Instant now) {
        roundBegan = now;
        roundOutcomes = 0;
        roundSamples = 0;
        roundWaited = 0;
    }

    static double seconds(Duration time) {
        return time.toNanos() / SECOND_NANOS;
    }
}
