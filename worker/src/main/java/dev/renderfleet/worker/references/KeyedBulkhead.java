package dev.renderfleet.worker.references;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many jobs are inside at a time, for each key by itself, so that jobs of one key never delay those of another. The job
 * published first enters first. Safe for use by many threads.
 */
final class KeyedBulkhead {

    /** Between looks at clock and assignment. */
    private static final Duration RECHECK_MAX = Duration.ofSeconds(30);

    private final int insideMax;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    /** Keys with a job inside or waiting. */
    private final Map<String, Bulkhead> bulkheads = new HashMap<>();

    private long arrivals;
    private boolean closed;

    /** @param insideMax jobs inside for each key, at least 1 */
    KeyedBulkhead(int insideMax, InstantSource clock) {
        this.insideMax = insideMax;
        this.clock = clock;
    }

    /** Result of {@link #enter}. */
    sealed interface Entry {

        /** Inside until closed, which is to be done once. */
        record Entered(Runnable leave) implements Entry, AutoCloseable {
            @Override
            public void close() {
                leave.run();
            }
        }

        /** Not inside, for this reason. */
        record Ended(FetchOutcome reason) implements Entry {}
    }

    private static final class Bulkhead {
        private final TreeSet<Waiter> waiting = new TreeSet<>();
        private int inside;
    }

    private record Waiter(Instant published, long number, Condition condition) implements Comparable<Waiter> {
        private static final Comparator<Waiter> ORDER =
                Comparator.comparing(Waiter::published).thenComparingLong(Waiter::number);

        @Override
        public int compareTo(Waiter other) {
            return ORDER.compare(this, other);
        }
    }

    /** Waits for a place. */
    Entry enter(String key, ReferenceDemand demand) {
        lock.lock();
        var bulkhead = bulkheads.computeIfAbsent(key, _ -> new Bulkhead());
        var waiter = new Waiter(demand.published(), arrivals++, lock.newCondition());
        bulkhead.waiting.add(waiter);
        try {
            FetchOutcome ended = end(demand);
            while (ended == null && !(bulkhead.inside < insideMax && waiter.equals(bulkhead.waiting.first()))) {
                var _ = waiter.condition().awaitNanos(recheck(demand).toNanos());
                ended = end(demand);
            }
            if (ended != null) {
                return new Entry.Ended(ended);
            }
            bulkhead.inside++;
            return new Entry.Entered(() -> leave(key, bulkhead));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Entry.Ended(new FetchOutcome.Aborted());
        } finally {
            bulkhead.waiting.remove(waiter);
            settle(key, bulkhead);
            lock.unlock();
        }
    }

    private @Nullable FetchOutcome end(ReferenceDemand demand) {
        if (closed || demand.reassigned().getAsBoolean()) {
            return new FetchOutcome.Aborted();
        }
        return demand.deadline() != null && !clock.instant().isBefore(demand.deadline())
                ? new FetchOutcome.DeadlinePassed()
                : null;
    }

    private Duration recheck(ReferenceDemand demand) {
        if (demand.deadline() == null) {
            return RECHECK_MAX;
        }
        Duration left = Duration.between(clock.instant(), demand.deadline());
        return left.compareTo(RECHECK_MAX) < 0 ? left : RECHECK_MAX;
    }

    private void leave(String key, Bulkhead bulkhead) {
        lock.lock();
        try {
            bulkhead.inside--;
            settle(key, bulkhead);
        } finally {
            lock.unlock();
        }
    }

    /** Wakes the next job, or removes the key. */
    private void settle(String key, Bulkhead bulkhead) {
        if (!bulkhead.waiting.isEmpty()) {
            bulkhead.waiting.first().condition().signal();
        } else if (bulkhead.inside == 0) {
            bulkheads.remove(key);
        }
    }

    /** Jobs that wait, over all keys. */
    int waiting() {
        lock.lock();
        try {
            return bulkheads.values().stream()
                    .mapToInt(bulkhead -> bulkhead.waiting.size())
                    .sum();
        } finally {
            lock.unlock();
        }
    }

    /** Ends all waits, now and later. */
    void close() {
        lock.lock();
        try {
            closed = true;
            bulkheads
                    .values()
                    .forEach(bulkhead -> bulkhead.waiting.forEach(
                            waiter -> waiter.condition().signal()));
        } finally {
            lock.unlock();
        }
    }
}
