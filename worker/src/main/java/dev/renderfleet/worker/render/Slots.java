package dev.renderfleet.worker.render;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The places for renders that run at the same time. A job that waits, for quota or between attempts, has none.
 * Places are handed out in no promised order. Safe for use by many threads.
 */
public final class Slots {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final int slotsMax;
    private int used;
    private boolean closed;

    public Slots(int slotsMax) {
        this.slotsMax = slotsMax;
    }

    /** Waits for a place. False, without a place, once {@link #close} was called or the thread was interrupted. */
    public boolean enter() {
        lock.lock();
        try {
            while (used == slotsMax && !closed) {
                freed.await();
            }
            if (closed) {
                return false;
            }
            used++;
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the place back. Called once for each {@link #enter} that returned true. */
    public void leave() {
        lock.lock();
        try {
            used--;
            freed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Lets nobody in any more; who waits leaves with empty hands. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Places taken now. */
    public int used() {
        lock.lock();
        try {
            return used;
        } finally {
            lock.unlock();
        }
    }
}
