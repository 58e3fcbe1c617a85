package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.bench.BenchFleet.TimedEvent;
import dev.renderfleet.testbed.figures.Distribution;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How long a worker takes from the start of its process to its first job, which lies in Kafka already. */
final class StartScenario {

    private static final int RUNS = 5;
    private static final Duration READY_MAX = Duration.ofSeconds(60);
    private static final Duration OUTCOME_MAX = Duration.ofSeconds(60);
    private static final int POLL_MILLIS = 50;

    private StartScenario() {}

    /**
     * All in milliseconds from just before the process is started.
     *
     * @param ready the health check says so
     * @param taken the worker has read the record: the time is in its event
     * @param called the simulator has the request
     * @param outcome the client has the event
     * @param cpuMillis processor time of the worker until the outcome
     */
    record Result(
            Distribution ready, Distribution taken, Distribution called, Distribution outcome, Distribution cpuMillis)
            implements Figures {

        @Override
        public List<String> lines() {
            return List.of(
                    String.format(
                            Locale.ROOT, "Start: %d runs, one job waiting; milliseconds from process start", RUNS),
                    Distribution.HEADING,
                    ready.row("ready"),
                    taken.row("first job taken"),
                    called.row("first call at the model"),
                    outcome.row("first outcome read"),
                    cpuMillis.row("CPU of the worker until the outcome"));
        }
    }

    private record Run(long ready, long taken, long called, long outcome, long cpu) {}

    static Result run(BenchFleet fleet) throws InterruptedException {
        fleet.model(1, 0);
        List<Run> runs = new ArrayList<>();
        try (var http = HttpClient.newHttpClient()) {
            for (int number = 1; number <= RUNS; number++) {
                runs.add(once(fleet, http, number));
            }
        }
        return new Result(
                Distribution.of(runs.stream().map(Run::ready).toList()),
                Distribution.of(runs.stream().map(Run::taken).toList()),
                Distribution.of(runs.stream().map(Run::called).toList()),
                Distribution.of(runs.stream().map(Run::outcome).toList()),
                Distribution.of(runs.stream().map(Run::cpu).toList()));
    }

    private static Run once(BenchFleet fleet, HttpClient http, int number) throws InterruptedException {
        List<RenderJob> jobs = fleet.jobs("start-" + number, 1, OutputSize.K1);
        try (EventConsumer reader = fleet.reader();
                JobPublisher publisher = fleet.publisher()) {
            publisher.publish(jobs);
            Instant start = Instant.now();
            long nanos = System.nanoTime();
            RunningProcess worker = fleet.begin("start-" + number, List.of());
            try {
                Instant ready = awaitReady(http, worker);
                TimedEvent arrival = BenchFleet.allArrivals(reader, jobs, OUTCOME_MAX).values().stream()
                        .findFirst()
                        .orElseThrow();
                RenderCompleted event = arrival.completed();
                Instant called = Instant.parse(
                        fleet.simulator().requests(1).path(0).path("time").asText());
                Instant taken = event.attempts()
                        .getFirst()
                        .startedAt()
                        .minusMillis(event.latency().waited());
                return new Run(
                        Duration.between(start, ready).toMillis(),
                        Duration.between(start, taken).toMillis(),
                        Duration.between(start, called).toMillis(),
                        Duration.ofNanos(arrival.nanoTime() - nanos).toMillis(),
                        Processes.cpu(worker.part().pid()).toMillis());
            } finally {
                fleet.stop(worker);
            }
        }
    }

    /** More often than the usual wait asks, since this is the figure. */
    private static Instant awaitReady(HttpClient http, RunningProcess worker) throws InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + worker.httpPort() + "/q/health/ready"))
                .build();
        long giveUp = System.nanoTime() + READY_MAX.toNanos();
        while (System.nanoTime() < giveUp) {
            try {
                if (http.send(request, BodyHandlers.discarding()).statusCode() == 200) {
                    break;
                }
            } catch (IOException e) {
                // The port is not open yet.
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return Instant.now();
    }
}
