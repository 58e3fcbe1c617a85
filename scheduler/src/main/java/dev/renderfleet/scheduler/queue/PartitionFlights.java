package dev.renderfleet.scheduler.queue;

import java.util.TreeSet;

/**
 * The flights of one model in one partition of {@code render.jobs}. A flight that many later ones have overtaken waits for something else than its turn, such as the claim of a killed worker; it
 * takes no place in the window any more.
 */
final class PartitionFlights {

    /** Windows of later jobs that must have ended for a flight to count as overtaken. */
    private static final int OVERTAKEN_WINDOWS = 2;

    private final TreeSet<Long> counted = new TreeSet<>();
    private long released;
    private long newestEnded;
    private long lastRelease;

    /**
     * Returns the flight's number in its partition.
     *
     * @param release number among all releases of the model
     */
    long release(long release) {
        lastRelease = release;
        counted.add(++released);
        return released;
    }

    void end(long number, int window) {
        counted.remove(number);
        newestEnded = Math.max(newestEnded, number);
        counted.headSet(newestEnded - (long) OVERTAKEN_WINDOWS * window).clear();
    }

    int count() {
        return counted.size();
    }

    long lastRelease() {
        return lastRelease;
    }
}
