package dev.renderfleet.worker.intake;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What a worker holds, bounded by number and by bytes. Safe for use by many threads. */
final class Window {

    private final ReentrantLock lock = new ReentrantLock();
    private final int recordsMax;
    private final long bytesMax;

    private final Condition leaving = lock.newCondition();

    private int held;
    private long bytes;
    private boolean hasLeft;

    Window(int recordsMax, long bytesMax) {
        this.recordsMax = recordsMax;
        this.bytesMax = bytesMax;
    }

    /** Takes a record in if there is room; the bound by bytes is exceeded by one record at most. */
    boolean enter(int recordBytes) {
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

    /** A record that was taken is settled or given back. */
    void leave(int recordBytes) {
        lock.lock();
        try {
            cancel(recordBytes);
            hasLeft = true;
            leaving.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A record that was let in did not come in after all. */
    void cancel(int recordBytes) {
        lock.lock();
        try {
            held--;
            bytes -= recordBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until a record has left since the last time this was true; false if none does within {@code max}. For one thread. */
    boolean awaitLeaving(Duration max) throws InterruptedException {
        lock.lock();
        try {
            long nanos = max.toNanos();
            while (!hasLeft && nanos > 0) {
                nanos = leaving.awaitNanos(nanos);
            }
            boolean left = hasLeft;
            hasLeft = false;
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing is held; false if that takes longer than {@code max}. */
    boolean awaitEmpty(Duration max) throws InterruptedException {
        lock.lock();
        try {
            long nanos = max.toNanos();
            while (held > 0 && nanos > 0) {
                nanos = leaving.awaitNanos(nanos);
            }
            return held == 0;
        } finally {
            lock.unlock();
        }
    }

    /** Records taken and not settled. */
    int held() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }
}
