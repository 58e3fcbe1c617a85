package dev.renderfleet.testbed.chaos;

import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.KafkaCluster;
import dev.renderfleet.contracts.event.RenderEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Counts events during a run, for progress and recovery times. The verdict does not use it. */
final class EventTracker implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);

    private final Map<String, Instant> firstSeen = new ConcurrentHashMap<>();
    private final Map<String, Integer> events = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean closed;
    private volatile Instant lastProgress = Instant.now();

    EventTracker(KafkaCluster kafka) {
        thread = Thread.ofPlatform().name("event-tracker").start(() -> follow(kafka));
    }

    /** Number of jobs with an outcome. */
    int outcomes() {
        return firstSeen.size();
    }

    /** Whether each of these jobs has at least that many events. */
    boolean hasAll(Map<String, Integer> records) {
        return records.entrySet().stream().allMatch(job -> events.getOrDefault(job.getKey(), 0) >= job.getValue());
    }

    /** When the job's first event was read; null if none was. */
    @Nullable
    Instant firstSeen(String jobId) {
        return firstSeen.get(jobId);
    }

    /** When the latest event was read; before the first event, when tracking began. */
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
