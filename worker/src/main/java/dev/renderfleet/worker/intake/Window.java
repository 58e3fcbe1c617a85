package dev.renderfleet.worker.intake;

import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a worker holds, bounded by number and by bytes: gives the channel credit for as many records as there is room for, a
 * portion at a time, since nobody knows how large the next ones are. Safe for use by many threads.
 */
final class Window {

    /** A portion of records of the largest size, 64 MiB, is what the bound by bytes may be exceeded by. */
    private static final int PORTION = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final int recordsMax;
    private final long bytesMax;

    private Flow.@Nullable Subscription channel;
    private int held;
    private long bytes;
    private int asked;
    private boolean closed;

    Window(int recordsMax, long bytesMax) {
        this.recordsMax = recordsMax;
        this.bytesMax = bytesMax;
    }

    /** Asks for the first records. */
    void open(Flow.Subscription subscription) {
        lock.lock();
        try {
            channel = subscription;
        } finally {
            lock.unlock();
        }
        ask();
    }

    /** A record has come. False if the worker takes nothing more, and the record is to be left alone. */
    boolean take(int recordBytes) {
        lock.lock();
        try {
            asked--;
            if (closed) {
                return false;
            }
            held++;
            bytes += recordBytes;
        } finally {
            lock.unlock();
        }
        ask();
        return true;
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
        ask();
    }

    /** Asks for nothing more. */
    void close() {
        lock.lock();
        try {
            closed = true;
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

    private void ask() {
        Flow.Subscription upstream;
        int more;
        lock.lock();
        try {
            upstream = channel;
            more = closed || bytes >= bytesMax ? 0 : Math.min(recordsMax - held, PORTION) - asked;
            if (upstream == null || more <= 0) {
                return;
            }
            asked += more;
        } finally {
            lock.unlock();
        }
        // Outside of the lock: the channel may hand over records on this very thread.
        upstream.request(more);
    }
}
