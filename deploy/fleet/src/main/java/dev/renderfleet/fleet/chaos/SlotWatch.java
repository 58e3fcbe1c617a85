package dev.renderfleet.fleet.chaos;

import dev.renderfleet.sandbox.SimulatorControl;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How full the slots are while the run goes on: once a second, the calls that run at the simulator divided by the slots of the workers
 * that are at work, at most 1. Calls of killed workers count until the simulator has done with them. Workers that are dead, paused or
 * starting are not at work, nor is one that has been told to die at a point. Safe for use by many threads.
 */
final class SlotWatch {

    private static final Duration EVERY = Duration.ofSeconds(1);

    private final SimulatorControl simulator;
    private final Roster roster;
    private final int slots;
    private final List<Sample> samples = new CopyOnWriteArrayList<>();
    private final CountDownLatch calledOff = new CountDownLatch(1);

    private record Sample(Instant at, double used) {}

    /** @param slots of each worker */
    SlotWatch(SimulatorControl simulator, Roster roster, int slots) {
        this.simulator = simulator;
        this.roster = roster;
        this.slots = slots;
    }

    /** Blocks until it is called off. */
    void follow() {
        while (waited()) {
            int there = slots * roster.atWork();
            if (there > 0) {
                samples.add(new Sample(
                        Instant.now(), Math.min(1, (double) simulator.running().count() / there)));
            }
        }
    }

    /** No more samples. */
    void callOff() {
        calledOff.countDown();
    }

    /** The mean of all samples up to then; 0 if there is none. */
    double mean(Instant until) {
        return samples.stream()
                .filter(sample -> !sample.at().isAfter(until))
                .mapToDouble(Sample::used)
                .average()
                .orElse(0);
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
