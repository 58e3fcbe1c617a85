package dev.renderfleet.fleet.chaos;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;

/**
 * How full the slots are: once a second, the calls that run at the simulator divided by the slots of the workers that are at work, at
 * most 1, while there are jobs for all of them. Calls of killed workers count until the simulator has done with them. Workers that are
 * dead, paused or starting are not at work, nor is one that has been told to die at a point. Safe for use by many threads.
 */
final class SlotWatch {

    private static final Duration EVERY = Duration.ofSeconds(1);

    private final IntSupplier callsRunning;
    private final IntSupplier workersAtWork;
    private final IntSupplier jobsWithoutOutcome;
    private final int slots;
    private final int workers;
    private final DoubleAdder used = new DoubleAdder();
    private final LongAdder samples = new LongAdder();
    private final CountDownLatch calledOff = new CountDownLatch(1);

    /**
     * @param slots of each worker
     * @param workers how many there are, whether at work or not
     */
    SlotWatch(
            IntSupplier callsRunning,
            IntSupplier workersAtWork,
            IntSupplier jobsWithoutOutcome,
            int slots,
            int workers) {
        this.callsRunning = callsRunning;
        this.workersAtWork = workersAtWork;
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
        int there = slots * workersAtWork.getAsInt();
        // Jobs that hang keep their slots at the end of a run, when nobody wants the others.
        if (there > 0 && jobsWithoutOutcome.getAsInt() >= 2 * slots * workers) {
            used.add(Math.min(1, (double) callsRunning.getAsInt() / there));
            samples.increment();
        }
    }

    /** No more samples. */
    void callOff() {
        calledOff.countDown();
    }

    /** The mean of all samples, from 0 to 1; NaN if there is none. */
    double mean() {
        return used.sum() / samples.sum();
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
