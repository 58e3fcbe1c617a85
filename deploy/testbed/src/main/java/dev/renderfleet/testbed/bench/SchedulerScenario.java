package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.testbed.bench.ReleaseLog.Release;
import dev.renderfleet.testbed.figures.Distribution;
import dev.renderfleet.testbed.jobs.NullWorker;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import dev.renderfleet.testbed.system.ModelsFile;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How fast a scheduler takes in, releases and settles beside a worker that answers at once: both doors, a small and a large backlog, an
 * idle queue, and changes of leaders.
 */
final class SchedulerScenario {

    /** PostgreSQL waits for the disk. */
    private static final List<String> SANDBOX = List.of("--durable", "--without", "s3,simulators");

    /** No quota that the scheduler could reach. */
    private static final Map<String, Map<String, Integer>> QUOTAS =
            Map.of(ModelsFile.MODEL, Map.of("requests-per-minute", 6_000_000));

    private static final Duration STEP_MAX = Duration.ofMinutes(5);
    private static final Duration STEADY = Duration.ofSeconds(8);
    private static final Duration HAND_OVER_MAX = Duration.ofSeconds(15);
    private static final Duration CHECK = Duration.ofMillis(2);
    private static final int ROUNDS = 3;
    /** Of {@code --jobs}. */
    private static final int JOBS_PER_ROUND = 20;

    private static final int JOBS_OF_BACKLOG = 1_000;
    /** The scheduler releases so many while the worker pauses. */
    private static final int FLIGHTS_MAX = 5_000;

    private static final int LAST_JOBS = 50;
    private static final int IDLE_MILLIS_MIN = 20;
    private static final int IDLE_MILLIS_MAX = 120;
    private static final int JOB_CHARS = 800;
    private static final double SECOND_NANOS = 1e9;
    private static final double MILLI_NANOS = 1e6;

    private final BenchFleet fleet;
    private final Path models;
    private final int jobs;
    private final int round;
    private final Random random;
    private final Consumer<String> progress;
    private final ReleaseLog log = new ReleaseLog();
    private int batches;

    private SchedulerScenario(BenchFleet fleet, Path models, int jobs, long seed, Consumer<String> progress) {
        this.fleet = fleet;
        this.models = models;
        this.jobs = jobs;
        this.round = JOBS_PER_ROUND * jobs;
        this.random = new Random(seed);
        this.progress = progress;
    }

    static SchedulerFigures run(Paths paths, int jobs, long seed, Consumer<String> progress)
            throws InterruptedException {
        Path models = ModelsFile.write(paths.state().resolve("bench/models.yaml"), Duration.ofMinutes(1), QUOTAS);
        try (BenchFleet fleet = BenchFleet.start(paths, seed, SANDBOX, progress)) {
            return new SchedulerScenario(fleet, models, jobs, seed, progress).run();
        }
    }

    private SchedulerFigures run() throws InterruptedException {
        RunningProcess first = begin("scheduler-1");
        try (var feed = new JobFeed(first)) {
            intake(feed);
            fromKafka(feed);
            List<Double> ndjson = times("intake, NDJSON", () -> intake(feed));
            List<Double> requests = times("intake, render.requests", () -> fromKafka(feed));
            try (var worker = NullWorker.start(fleet.sandbox(), "gemini", Double.POSITIVE_INFINITY, log)) {
                // Warm-up of releases.
                log.await(2 * (1 + ROUNDS) * round - 1, STEP_MAX);
                progress.accept("  warm-up has ended");
                List<Double> releases = times("release and settle", () -> {
                    worker.pause();
                    intake(feed, FLIGHTS_MAX + round);
                    int ahead = log.count() + FLIGHTS_MAX;
                    worker.resume();
                    return released(ahead, round);
                });
                List<List<Double>> idle = idle(feed);
                int backlog = JOBS_OF_BACKLOG * jobs;
                worker.pause();
                double backlogNdjson = intake(feed, FLIGHTS_MAX + backlog);
                progress.accept(String.format(Locale.ROOT, "  intake of the backlog: %.0f", backlogNdjson));
                int ahead = log.count() + FLIGHTS_MAX;
                worker.resume();
                log.await(ahead, STEP_MAX);
                List<Double> backlogReleases = times("release and settle, backlog", () -> released(log.count(), round));
                RunningProcess second = begin("scheduler-2");
                @Nullable Double killed = nextRelease(() -> fleet.kill(first));
                begin("scheduler-3");
                @Nullable Double stopped = nextRelease(() -> fleet.stop(second));
                return new SchedulerFigures(
                        round,
                        ndjson,
                        requests,
                        releases,
                        backlog,
                        backlogNdjson,
                        backlogReleases,
                        median(releases) / median(backlogReleases),
                        Distribution.of(idle.getFirst()),
                        Distribution.of(idle.getLast()),
                        killed,
                        stopped,
                        log.again());
            }
        }
    }

    private RunningProcess begin(String name) {
        RunningProcess scheduler = fleet.beginScheduler(name, models);
        fleet.awaitReady(scheduler);
        return scheduler;
    }

    @FunctionalInterface
    private interface Rate {
        double measured() throws InterruptedException;
    }

    private List<Double> times(String what, Rate rate) throws InterruptedException {
        List<Double> rates = new ArrayList<>();
        for (int number = 0; number < ROUNDS; number++) {
            rates.add(rate.measured());
            progress.accept(String.format(Locale.ROOT, "  %s: %.0f", what, rates.getLast()));
        }
        return rates;
    }

    private static double median(List<Double> values) {
        return Distribution.of(values).median();
    }

    private static double perSecond(int count, long nanos) {
        return count * SECOND_NANOS / nanos;
    }

    /** New jobs of about 1 kB, by their number. */
    private IntFunction<RenderJob> batch() {
        String tenant = "bench-" + ++batches;
        String filler = " A red vase on a beach.".repeat(JOB_CHARS / " A red vase on a beach.".length());
        return number ->
                PlainJob.of(tenant, "job-" + number, ModelsFile.MODEL, "Number " + number + filler, OutputSize.K1);
    }

    private double intake(JobFeed feed) {
        return intake(feed, round);
    }

    private double intake(JobFeed feed, int count) {
        IntFunction<RenderJob> batch = batch();
        long start = System.nanoTime();
        feed.submitLines(count, batch);
        return perSecond(count, System.nanoTime() - start);
    }

    /** Until the last ones, in whatever partition, are stored. */
    private double fromKafka(JobFeed feed) throws InterruptedException {
        List<RenderJob> batch = IntStream.range(0, round).mapToObj(batch()).toList();
        try (var publisher = new JobPublisher(SandboxCluster.kafka(fleet.sandbox()), Topics.REQUESTS)) {
            long start = System.nanoTime();
            publisher.publish(batch);
            for (RenderJob job : batch.subList(Math.max(0, round - LAST_JOBS), round)) {
                while (!feed.hasStored(job)) {
                    Thread.sleep(CHECK);
                }
            }
            return perSecond(round, System.nanoTime() - start);
        }
    }

    /** Of this many jobs from that number on. */
    private double released(int from, int count) throws InterruptedException {
        Release last = log.await(from + count - 1, STEP_MAX);
        Release first = log.await(from, STEP_MAX);
        return perSecond(count - 1, last.nanoTime() - first.nanoTime());
    }

    /** Milliseconds of each job, from the answer and from the request. */
    private List<List<Double>> idle(JobFeed feed) throws InterruptedException {
        List<Double> accepted = new ArrayList<>();
        List<Double> sent = new ArrayList<>();
        IntFunction<RenderJob> batch = batch();
        for (int number = 0; number < jobs; number++) {
            Thread.sleep(random.nextInt(IDLE_MILLIS_MIN, IDLE_MILLIS_MAX));
            int next = log.count();
            long sentAt = System.nanoTime();
            feed.submit(batch.apply(number));
            long acceptedAt = System.nanoTime();
            long read = log.await(next, STEP_MAX).nanoTime();
            accepted.add((read - acceptedAt) / MILLI_NANOS);
            sent.add((read - sentAt) / MILLI_NANOS);
        }
        return List.of(accepted, sent);
    }

    /** Seconds until a job is released once the former leader is gone. Null: none was. */
    private @Nullable Double nextRelease(Runnable change) throws InterruptedException {
        Thread.sleep(STEADY);
        int from = log.count();
        Instant start = Instant.now();
        change.run();
        Instant gone = Instant.now();
        Thread.sleep(HAND_OVER_MAX);
        Double seconds = log.from(from).stream()
                .filter(release -> release.released().isAfter(gone))
                .findFirst()
                .map(release -> Duration.between(start, release.released()).toNanos() / SECOND_NANOS)
                .orElse(null);
        progress.accept(
                seconds == null
                        ? "  nothing was released: the backlog had ended"
                        : String.format(Locale.ROOT, "  next release after %.2f s", seconds));
        return seconds;
    }
}
