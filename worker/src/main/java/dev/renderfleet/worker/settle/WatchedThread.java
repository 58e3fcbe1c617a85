package dev.renderfleet.worker.settle;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A thread that must run as long as the worker does, and shows whether it does. Safe for use by many threads. */
public final class WatchedThread {

    /** Longer than a turn takes that waits for Kafka; the classic group protocol gives a consumer up after half of it. */
    static final Duration SILENCE_MAX = Duration.ofMinutes(10);

    private final String name;
    private final InstantSource clock;
    private volatile @Nullable Thread thread;
    private volatile Instant latest = Instant.MIN;
    private volatile boolean ending;

    public WatchedThread(String name, InstantSource clock) {
        this.name = name;
        this.clock = clock;
    }

    /** Starts it as a daemon. Called once. */
    public void start(Runnable body) {
        beat();
        thread = Thread.ofPlatform().name(name).daemon().start(body);
    }

    /** The thread has made a turn. */
    public void beat() {
        latest = clock.instant();
    }

    /** Waits until it has ended, which from now on is no fault; false if that takes longer than {@code max}. */
    public boolean join(Duration max) throws InterruptedException {
        ending = true;
        Thread running = thread;
        return running == null || running.join(max);
    }

    /** What is wrong with it: it has ended, or has not made a turn for ten minutes. Empty before the start and once it may end. */
    public Optional<String> fault() {
        Thread running = thread;
        if (running == null || ending) {
            return Optional.empty();
        }
        if (!running.isAlive()) {
            return Optional.of("the thread has ended");
        }
        Duration silence = Duration.between(latest, clock.instant());
        return silence.compareTo(SILENCE_MAX) > 0
                ? Optional.of("no progress for " + silence.toSeconds() + " s")
                : Optional.empty();
    }
}
