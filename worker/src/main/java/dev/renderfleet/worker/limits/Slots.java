package dev.renderfleet.worker.limits;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds how many renders run at a time, first come first served. A job that waits for quota or between attempts holds no slot.
 * Safe for use by many threads.
 */
public class Slots {

    /** At least the largest window, so that {@link #close} wakes every waiting thread. */
    private static final int WAITING_MAX = 1_000_000;

    private final int count;
    private final Semaphore free;
    private final AtomicInteger used = new AtomicInteger();
    private volatile boolean closed;

    /** @param count of all slots, at least 1 */
    public Slots(int count) {
        this.count = count;
        this.free = new Semaphore(count, true);
    }

    /** Number of all slots, at least 1. */
    int count() {
        return count;
    }

    /** Waits for a slot. False, without a slot, after {@link #close} or on interrupt. */
    public boolean acquire() {
        try {
            free.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        if (closed) {
            return false;
        }
        used.incrementAndGet();
        return true;
    }

    /** Releases a slot, once for each {@link #acquire} that returned true. Does not block. */
    public void release() {
        used.decrementAndGet();
        free.release();
    }

    /** Fails all waits for a slot, now and later. */
    public void close() {
        closed = true;
        free.release(WAITING_MAX);
    }

    /** Slots in use. */
    public int used() {
        return used.get();
    }

    /** Threads that wait for a slot. */
    int waiting() {
        return free.getQueueLength();
    }
}
