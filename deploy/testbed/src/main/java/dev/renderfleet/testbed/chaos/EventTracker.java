package dev.renderfleet.testbed.chaos;

import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.KafkaCluster;
import dev.renderfleet.contracts.event.RenderEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Follows the outcomes while the run goes on, to know how far it is and when each came. The verdict does not rest on it. */
final class EventTracker implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);

    private final Map<String, Instant> firstSeen = new ConcurrentHashMap<>();
    private final Map<String, Integer> events = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean closed;
    private volatile Instant lastProgress = Instant.now();

    EventTracker(KafkaCluster kafka) {
        thread = Thread.ofPlatform().name("event-watch").start(() -> follow(kafka));
    }

    /** Jobs that have an outcome. */
    int outcomes() {
        return firstSeen.size();
    }

    /** Whether so many events have come of each of these jobs. */
    boolean hasAll(Map<String, Integer> records) {
        return records.entrySet().stream().allMatch(job -> events.getOrDefault(job.getKey(), 0) >= job.getValue());
    }

    /** When the job's first event was there to read; null if none was. */
    @Nullable
    Instant firstSeen(String jobId) {
        return firstSeen.get(jobId);
    }

    /** When the latest event came; before the first, when this began to watch. */
    Instant lastProgress() {
        return lastProgress;
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

    private void follow(KafkaCluster kafka) {
        try (var reader = new EventConsumer(kafka, EventConsumer.From.BEGINNING)) {
            while (!closed) {
                for (RenderEvent event : reader.poll(POLL)) {
                    Instant now = Instant.now();
                    events.merge(event.job().jobId(), 1, Integer::sum);
                    firstSeen.putIfAbsent(event.job().jobId(), now);
                    lastProgress = now;
                }
            }
        }
    }
}
