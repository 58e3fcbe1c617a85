package dev.renderfleet.worker.storage;

import java.time.Duration;

/** Lets time pass between two attempts. {@code Thread::sleep} outside of tests. */
@FunctionalInterface
public interface Sleep {

    void sleep(Duration duration) throws InterruptedException;
}
