package dev.renderfleet.testbed.chaos;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * How full the slots are: once a second, the renders that run in the workers that are at work divided by their slots, while there are jobs
 * for all of them. Workers that are dead, paused or starting are not at work, nor is one that has been told to die at a point. Safe for
 * use by many threads.
 */
final class SlotUsage {

    private static final Duration EVERY = Duration.ofSeconds(1);

    private final Supplier<List<Double>> rendersAtWork;
    private final IntSupplier jobsWithoutOutcome;
    private final int slots;
    private final int workers;
    private double used;
    private long samples;
    private final CountDownLatch calledOff = new CountDownLatch(1);

    /**
     * @param rendersAtWork how many run, for each worker that is at work
     * @param slots of each worker
     * @param workers how many there are, whether at work or not
     */
    SlotUsage(Supplier<List<Double>> rendersAtWork, IntSupplier jobsWithoutOutcome, int slots, int workers) {
        this.rendersAtWork = rendersAtWork;
        this.jobsWithoutOutcome = jobsWithoutOutcome;
        this.slots = slots;
        this.workers = workers;
    }

    /** Blocks until it is called off. */
    void follow() {
        while (waited()) {
            look();
        }
    }

    /** Takes one sample, if there are jobs and a worker for them. */
    void look() {
        List<Double> renders = rendersAtWork.get();
        // Jobs that hang keep their slots at the end of a run, when nobody wants the others.
        if (!renders.isEmpty() && jobsWithoutOutcome.getAsInt() >= 2 * slots * workers) {
            double all = renders.stream().mapToDouble(Double::doubleValue).sum();
            add(all / (slots * renders.size()));
        }
    }

    /** No more samples. */
    void callOff() {
        calledOff.countDown();
    }

    /** The mean of all samples, from 0 to 1; NaN if there is none. */
    synchronized double mean() {
        return used / samples;
    }

    private synchronized void add(double sample) {
        used += sample;
        samples++;
    }

    /** False if it is called off. */
    private boolean waited() {
        try {
            return !calledOff.await(EVERY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
