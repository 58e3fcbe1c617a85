package dev.renderfleet.scheduler.leader;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * This process' time as leader under one epoch. Ends by itself when the lease is not renewed, earlier than PostgreSQL lets another
 * process take it. Safe for use by many threads.
 */
public final class Term {

    private static final Duration WAIT = Duration.ofMillis(100);

    private final long epoch;
    private final LongSupplier nanoTime;
    private volatile long trustedUntil;
    private volatile boolean lost;

    Term(long epoch, LongSupplier nanoTime, long trustedUntil) {
        this.epoch = epoch;
        this.nanoTime = nanoTime;
        this.trustedUntil = trustedUntil;
    }

    /** A term that lasts until it is lost: for tests and tools. */
    public static Term unlimited(long epoch) {
        return new Term(epoch, () -> 0, Duration.ofDays(1).toNanos());
    }

    /** Fences the transactions of this term. */
    public long epoch() {
        return epoch;
    }

    public boolean isHeld() {
        return !lost && nanoTime.getAsLong() - trustedUntil < 0;
    }

    /** Waits for this time, or until the term ends. */
    public void await(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (isHeld() && System.nanoTime() < end) {
            LockSupport.parkNanos(WAIT.toNanos());
        }
    }

    /** Ends the term at once. */
    public void lose() {
        lost = true;
    }

    void extendUntil(long nanos) {
        trustedUntil = nanos;
    }
}
