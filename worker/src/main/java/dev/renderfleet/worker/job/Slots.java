package dev.renderfleet.worker.job;

import dev.renderfleet.worker.limits.SlotPort;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The places for renders that run at the same time, in the order of asking. A job that waits, for quota or between attempts, has
 * none. Safe for use by many threads.
 */
public final class Slots implements SlotPort {

    /** More than can ever wait: the window's upper bound. */
    private static final int ALL_WHO_WAIT = 1_000_000;

    private final int count;
    private final Semaphore places;
    private final AtomicInteger used = new AtomicInteger();
    private volatile boolean closed;

    /** @param count how many places there are, at least 1 */
    public Slots(int count) {
        this.count = count;
        this.places = new Semaphore(count, true);
    }

    @Override
    public int count() {
        return count;
    }

    /** Waits for a place. False, without a place, once {@link #close} was called or the thread was interrupted. */
    @Override
    public boolean enter() {
        try {
            places.acquire();
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

    /** Gives the place back. Called once for each {@link #enter} that returned true. */
    @Override
    public void leave() {
        used.decrementAndGet();
        places.release();
    }

    /** Lets nobody in any more; who waits leaves with empty hands. */
    public void close() {
        closed = true;
        places.release(ALL_WHO_WAIT);
    }

    /** Places taken now. */
    public int used() {
        return used.get();
    }
}
