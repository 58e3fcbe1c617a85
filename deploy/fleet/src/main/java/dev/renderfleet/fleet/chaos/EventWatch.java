package dev.renderfleet.fleet.chaos;

import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.fleet.jobs.EventReader;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Follows the outcomes while the run goes on, to know how far it is and when each came. The verdict does not rest on it. */
final class EventWatch implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);

    private final Map<String, Instant> firstSeen = new ConcurrentHashMap<>();
    private final AtomicInteger events = new AtomicInteger();
    private final Thread thread;
    private volatile boolean closed;
    private volatile Instant lastProgress = Instant.now();

    EventWatch(String bootstrapServers) {
        thread = Thread.ofPlatform().name("event-watch").start(() -> follow(bootstrapServers));
    }

    /** Jobs that have an outcome. */
    int outcomes() {
        return firstSeen.size();
    }

    /** Events in all. */
    int events() {
        return events.get();
    }

    /** When the job's first event was there to read; null if none was. */
    @Nullable
    Instant firstSeen(String jobId) {
        return firstSeen.get(jobId);
    }

    /** How long ago the latest event came. */
    Duration silence() {
        return Duration.between(lastProgress, Instant.now());
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow(String bootstrapServers) {
        try (var reader = new EventReader(bootstrapServers, EventReader.From.BEGINNING)) {
            while (!closed) {
                for (RenderEvent event : reader.poll(POLL)) {
                    Instant now = Instant.now();
                    events.incrementAndGet();
                    firstSeen.putIfAbsent(event.job().jobId(), now);
                    lastProgress = now;
                }
            }
        }
    }
}
