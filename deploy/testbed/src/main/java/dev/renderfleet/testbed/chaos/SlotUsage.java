package dev.renderfleet.testbed.chaos;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Slot usage: once a second, the renders in progress of all running workers divided by their slots, while there are jobs for all slots. Workers that
 * are killed, paused or starting do not count, nor does one with a failpoint. Safe for use by many threads.
 */
final class SlotUsage {

    private static final Duration EVERY = Duration.ofSeconds(1);

    private final Supplier<List<Double>> rendersAtWork;
    private final IntSupplier jobsWithoutOutcome;
    private final int slots;
    private final int workers;
    private double used;
    private long samples;
    private final CountDownLatch canceled = new CountDownLatch(1);

    /**
     * @param rendersAtWork renders in progress, for each running worker
     * @param slots of each worker
     * @param workers number of workers, running or not
     */
    SlotUsage(Supplier<List<Double>> rendersAtWork, IntSupplier jobsWithoutOutcome, int slots, int workers) {
        this.rendersAtWork = rendersAtWork;
        this.jobsWithoutOutcome = jobsWithoutOutcome;
        this.slots = slots;
        this.workers = workers;
    }

    /** Blocks until {@link #cancel}. */
    void follow() {
        while (waited()) {
            look();
        }
    }

    /** Takes one sample, if there are jobs for all slots and a running worker. */
    void look() {
        List<Double> renders = rendersAtWork.get();
        // At the end of a run only hanging jobs use slots.
        if (!renders.isEmpty() && jobsWithoutOutcome.getAsInt() >= 2 * slots * workers) {
            double all = renders.stream().mapToDouble(Double::doubleValue).sum();
            add(all / (slots * renders.size()));
        }
    }

    /** Ends sampling. */
    void cancel() {
        canceled.countDown();
    }

    /** Mean of all samples, from 0 to 1; NaN without a sample. */
    synchronized double mean() {
        return used / samples;
    }

    private synchronized void add(double sample) {
        used += sample;
        samples++;
    }

    /** False if canceled. */
    private boolean waited() {
        try {
            return !canceled.await(EVERY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
