package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.bench.BenchFleet.TimedEvent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A client that publishes on a beat and notes when, and when each outcome came. */
final class SteadyClient {

    private static final Duration OUTCOMES_MAX = Duration.ofMinutes(2);

    private SteadyClient() {}

    /** When a job was sent, and its outcome. */
    record Answered(long sentNanoTime, TimedEvent arrival) {

        double millis() {
            return (arrival.nanoTime() - sentNanoTime) / 1e6;
        }
    }

    /** Publishes all, so many a second, and waits for the outcome of each. */
    static List<Answered> run(BenchFleet fleet, List<RenderJob> jobs, int perSecond) throws InterruptedException {
        Map<String, Long> sent = new ConcurrentHashMap<>();
        try (EventConsumer reader = fleet.reader();
                JobPublisher publisher = fleet.publisher()) {
            Thread client = Thread.ofPlatform().name("client").start(() -> publish(publisher, jobs, perSecond, sent));
            Map<String, TimedEvent> arrivals =
                    BenchFleet.allArrivals(reader, jobs, OUTCOMES_MAX.plusSeconds(jobs.size() / perSecond));
            client.join();
            return arrivals.entrySet().stream()
                    .map(arrival -> new Answered(sent.getOrDefault(arrival.getKey(), 0L), arrival.getValue()))
                    .toList();
        }
    }

    /** On its beat whatever Kafka and worker do, so that one that stalls does not slow down its own measurement. */
    private static void publish(JobPublisher publisher, List<RenderJob> jobs, int perSecond, Map<String, Long> sent) {
        long start = System.nanoTime();
        long beat = TimeUnit.SECONDS.toNanos(1) / perSecond;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int number = 0; number < jobs.size(); number++) {
                RenderJob job = jobs.get(number);
                TimeUnit.NANOSECONDS.sleep(start + number * beat - System.nanoTime());
                sent.put(BenchFleet.id(job), System.nanoTime());
                Future<?> _ = threads.submit(() -> {
                    publisher.publish(List.of(job));
                    return null;
                });
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
