package dev.renderfleet.worker.job;

import dev.renderfleet.worker.storage.Pause;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The worker's drain: once begun, pauses end at once and no job is started. Safe for use by many threads. */
public final class Drain implements Pause {

    private final CountDownLatch begun = new CountDownLatch(1);

    /** Ends all pauses, now and later. */
    public void begin() {
        begun.countDown();
    }

    /** Whether the drain has begun. */
    public boolean hasBegun() {
        return begun.getCount() == 0;
    }

    @Override
    public boolean pause(Duration wait) {
        try {
            return !begun.await(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
