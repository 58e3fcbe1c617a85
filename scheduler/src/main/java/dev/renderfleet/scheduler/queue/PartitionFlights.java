package dev.renderfleet.scheduler.queue;

import java.util.Comparator;
import java.util.TreeSet;

/**
 * The flights of one model in one partition of {@code render.jobs}, ordered by who has fewer, then by whose last release is longer
 * ago. A flight that many later ones have overtaken waits for something else than its turn, such as the claim of a killed worker; it
 * takes no place in the window any more.
 */
final class PartitionFlights implements Comparable<PartitionFlights> {

    /** Windows of later jobs that must have ended for a flight to count as overtaken. */
    private static final int OVERTAKEN_WINDOWS = 2;

    private static final Comparator<PartitionFlights> ORDER =
            Comparator.comparingInt(PartitionFlights::count).thenComparingLong(each -> each.lastRelease);

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

    @Override
    public int compareTo(PartitionFlights other) {
        return ORDER.compare(this, other);
    }
}
