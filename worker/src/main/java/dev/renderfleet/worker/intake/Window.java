package dev.renderfleet.worker.intake;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Bounds the records in progress, by number and by bytes. Safe for use by many threads. */
final class Window {

    private final ReentrantLock lock = new ReentrantLock();
    private final int recordsMax;
    private final long bytesMax;

    private final Condition released = lock.newCondition();

    private int held;
    private long bytes;
    private boolean wasReleased;

    Window(int recordsMax, long bytesMax) {
        this.recordsMax = recordsMax;
        this.bytesMax = bytesMax;
    }

    /** Reserves room for a record; false if there is none. One record may exceed the bound by bytes. */
    boolean tryReserve(int recordBytes) {
        lock.lock();
        try {
            if (held >= recordsMax || bytes >= bytesMax) {
                return false;
            }
            held++;
            bytes += recordBytes;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the reservation of a record that was settled or released, and wakes the thread that waits for room. */
    void release(int recordBytes) {
        lock.lock();
        try {
            cancel(recordBytes);
            wasReleased = true;
            released.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends a reservation that was not used. Wakes nobody, since the room was there before. */
    void cancel(int recordBytes) {
        lock.lock();
        try {
            held--;
            bytes -= recordBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a {@link #release} since the last call that returned true; false after {@code max}. For one thread. */
    boolean awaitRelease(Duration max) throws InterruptedException {
        lock.lock();
        try {
            long nanos = max.toNanos();
            while (!wasReleased && nanos > 0) {
                nanos = released.awaitNanos(nanos);
            }
            boolean result = wasReleased;
            wasReleased = false;
            return result;
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
}
