package dev.renderfleet.fleet.bench;

import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.fleet.bench.BenchFleet.Arrival;
import dev.renderfleet.fleet.figures.Distribution;
import dev.renderfleet.fleet.jobs.EventReader;
import dev.renderfleet.fleet.jobs.JobPublisher;
import dev.renderfleet.fleet.system.FleetSystem.Running;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What a worker adds to the model's time, from the client's send to the event in the client's hands, at a modest steady rate. */
final class LatencyScenario {

    private static final int PER_SECOND = 20;
    private static final double MODEL_SECONDS = 0.2;

    /** Below what a scene takes, so the file is as the scene is, drawn once. */
    private static final int PICTURE_BYTES_LEAST = 1;

    private static final Duration OUTCOMES_MAX = Duration.ofMinutes(2);

    private LatencyScenario() {}

    /**
     * All in milliseconds.
     *
     * @param added publish to event, less the model's time as the event tells it
     * @param addedToSimulated publish to event, less the time that the simulator was set to: with the way to the model and back
     * @param queued publish to taken, as the event tells it; so the next two
     * @param told the rest: ending the ledger's entry, announcing, reading
     */
    record Result(
            int jobs,
            int perSecond,
            double modelMillis,
            long pictureBytes,
            Distribution added,
            Distribution addedToSimulated,
            Distribution queued,
            Distribution waited,
            Distribution stored,
            Distribution told)
            implements Figures {

        @Override
        public List<String> lines() {
            return List.of(
                    String.format(
                            Locale.ROOT,
                            "Added latency: %d jobs, %d a second, model %.0f ms, pictures of %d bytes; milliseconds",
                            jobs,
                            perSecond,
                            modelMillis,
                            pictureBytes),
                    Distribution.HEADING,
                    added.row("publish to event less event's model"),
                    addedToSimulated.row("publish to event less simulated"),
                    queued.row("  queued: publish to taken"),
                    waited.row("  waited: taken to called"),
                    stored.row("  stored: answered to stored"),
                    told.row("  told: stored to event read"));
        }
    }

    static Result run(BenchFleet fleet, int jobs) throws InterruptedException {
        fleet.model(PICTURE_BYTES_LEAST, MODEL_SECONDS);
        Running worker = fleet.begin("latency", List.of());
        fleet.awaitReady(worker);
        try {
            steadily(fleet, fleet.jobs("latency-warm-up", jobs, OutputSize.K1));
            return steadily(fleet, fleet.jobs("latency", jobs, OutputSize.K1));
        } finally {
            fleet.stop(worker);
        }
    }

    private static Result steadily(BenchFleet fleet, List<RenderJob> jobs) throws InterruptedException {
        Map<String, Long> sent = new ConcurrentHashMap<>();
        try (EventReader reader = fleet.reader();
                JobPublisher publisher = fleet.publisher()) {
            Thread client = Thread.ofPlatform().name("client").start(() -> publishSteadily(publisher, jobs, sent));
            Map<String, Arrival> arrivals =
                    BenchFleet.allArrivals(reader, jobs, OUTCOMES_MAX.plusSeconds(jobs.size() / PER_SECOND));
            client.join();
            return result(sent, arrivals);
        }
    }

    /** On its beat whatever Kafka and worker do, so that one that stalls does not slow down its own measurement. */
    private static void publishSteadily(JobPublisher publisher, List<RenderJob> jobs, Map<String, Long> sent) {
        long start = System.nanoTime();
        long beat = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
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

    private static Result result(Map<String, Long> sent, Map<String, Arrival> arrivals) {
        List<Double> added = new ArrayList<>();
        List<Double> addedToSimulated = new ArrayList<>();
        List<Double> told = new ArrayList<>();
        List<RenderCompleted> events = new ArrayList<>();
        arrivals.forEach((id, arrival) -> {
            Latency latency = arrival.completed().latency();
            double whole = (arrival.nanoTime() - sent.getOrDefault(id, 0L)) / 1e6;
            events.add(arrival.completed());
            added.add(whole - latency.model());
            addedToSimulated.add(whole - MODEL_SECONDS * 1e3);
            told.add(whole - latency.total());
        });
        return new Result(
                events.size(),
                PER_SECOND,
                MODEL_SECONDS * 1e3,
                events.getFirst().images().getFirst().bytes(),
                Distribution.of(added),
                Distribution.of(addedToSimulated),
                Distribution.of(
                        events.stream().map(event -> event.latency().queued()).toList()),
                Distribution.of(
                        events.stream().map(event -> event.latency().waited()).toList()),
                Distribution.of(
                        events.stream().map(event -> event.latency().stored()).toList()),
                Distribution.of(told));
    }
}
