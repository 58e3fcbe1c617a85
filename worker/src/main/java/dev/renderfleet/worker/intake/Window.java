package dev.renderfleet.worker.intake;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bounds the records in progress, by number and by bytes, and shares the room between lanes: a lane may hold as much as is free
 * (Choudhury and Hahne's dynamic threshold). So one lane alone gets half, two get a third each, and whatever waits, there is room for
 * another lane. Each lane may hold one record, also beyond the bounds. Safe for use by many threads.
 */
final class Window {

    private final ReentrantLock lock = new ReentrantLock();
    private final int recordsMax;
    private final long bytesMax;

    private final Condition released = lock.newCondition();

    /** No lane in it is empty. */
    private final Map<String, Usage> lanes = new HashMap<>();

    private int held;
    private long bytes;
    private long releases;

    Window(int recordsMax, long bytesMax) {
        this.recordsMax = recordsMax;
        this.bytesMax = bytesMax;
    }

    /** Room for one record of a lane. */
    record Reservation(String lane, int bytes) {}

    private record Usage(int held, long bytes) {
        private static final Usage NONE = new Usage(0, 0);

        Usage plus(int records, long more) {
            return new Usage(held + records, bytes + more);
        }
    }

    /** Reserves room for a record; false if its lane gets none. One record may exceed the bound by bytes. */
    boolean tryReserve(Reservation room) {
        lock.lock();
        try {
            Usage lane = lanes.getOrDefault(room.lane(), Usage.NONE);
            if (lane.held() > 0 && (lane.held() >= recordsMax - held || lane.bytes() >= bytesMax - bytes)) {
                return false;
            }
            change(room.lane(), 1, room.bytes());
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the reservation of a record that was settled or released, and wakes the threads that wait for room. */
    void release(Reservation room) {
        lock.lock();
        try {
            change(room.lane(), -1, -room.bytes());
            releases++;
            released.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void change(String lane, int records, int by) {
        held += records;
        bytes += by;
        Usage now = lanes.getOrDefault(lane, Usage.NONE).plus(records, by);
        if (now.held() == 0) {
            lanes.remove(lane);
        } else {
            lanes.put(lane, now);
        }
    }

    /** Counts the calls of {@link #release}. */
    long releases() {
        lock.lock();
        try {
            return releases;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there are more {@link #releases} than {@code seen}; false after {@code max}. */
    boolean awaitRelease(long seen, Duration max) throws InterruptedException {
        lock.lock();
        try {
            long nanos = max.toNanos();
            while (releases == seen && nanos > 0) {
                nanos = released.awaitNanos(nanos);
            }
            return releases != seen;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no record is in progress; false after {@code max}. */
    boolean awaitEmpty(Duration max) throws InterruptedException {
        lock.lock();
        try {
            long nanos = max.toNanos();
            while (held > 0 && nanos > 0) {
                nanos = released.awaitNanos(nanos);
            }
            return held == 0;
        } finally {
            lock.unlock();
        }
    }

    /** Records in progress. */
    int held() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    /** Records in progress by lane. */
    Map<String, Integer> heldByLane() {
        lock.lock();
        try {
            Map<String, Integer> byLane = new HashMap<>();
            lanes.forEach((lane, usage) -> byLane.put(lane, usage.held()));
            return byLane;
        } finally {
            lock.unlock();
        }
    }
}
