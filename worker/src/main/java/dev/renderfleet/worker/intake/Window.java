package dev.renderfleet.worker.intake;

import java.util.concurrent.locks.ReentrantLock;

/** What a worker holds, bounded by number and by bytes. Safe for use by many threads. */
final class Window {

    private final ReentrantLock lock = new ReentrantLock();
    private final int recordsMax;
    private final long bytesMax;

    private int held;
    private long bytes;

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
            held--;
            bytes -= recordBytes;
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
