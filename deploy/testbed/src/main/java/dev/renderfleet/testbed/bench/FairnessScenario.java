package dev.renderfleet.testbed.bench;

import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.bench.ReleaseLog.Release;
import dev.renderfleet.testbed.figures.Distribution;
import dev.renderfleet.testbed.jobs.NullWorker;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import dev.renderfleet.testbed.system.ModelsFile;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * One tenant with very many jobs, then fifty with ten each, at a model's steady rate, through a scheduler, Kafka and PostgreSQL. The ideal
 * serves all tenants at once, each at its share of the rate.
 */
final class FairnessScenario {

    private static final List<String> SANDBOX = List.of("--without", "s3,simulators");
    private static final int PER_SECOND = 20;
    private static final int SECONDS_PER_MINUTE = 60;
    private static final int QUIET = 50;
    private static final int JOBS_OF_QUIET = 10;
    /** Of {@code --jobs}. */
    private static final int NOISY_JOBS = 100;

    private static final String NOISY = "noisy";
    private static final Duration STEADY = Duration.ofSeconds(5);
    private static final Duration STEP_MAX = Duration.ofMinutes(5);

    private static final double SECOND_NANOS = 1e9;

    private FairnessScenario() {}

    /**
     * What was found.
     *
     * @param jain index of the tenants' releases, from the quiet tenants' arrival to their last release
     * @param noisyReleased releases of the other tenant in that time
     * @param waits seconds from arrival to answer of the quiet tenants' jobs
     * @param idealP99 the same in seconds, if they were served as in the ideal
     * @param ratio worst p99 of a quiet tenant to the ideal's
     */
    record Result(
            int noisyJobs,
            int perSecond,
            double jain,
            long noisyReleased,
            Distribution waits,
            double idealP99,
            double ratio)
            implements Figures {

        @Override
        public List<String> lines() {
            return List.of(
                    String.format(
                            Locale.ROOT,
                            "Fairness: one tenant with %d jobs, then %d with %d each, %d jobs a second; waits in"
                                    + " seconds",
                            noisyJobs,
                            QUIET,
                            JOBS_OF_QUIET,
                            perSecond),
                    Distribution.HEADING,
                    waits.row("wait of the quiet tenants' jobs"),
                    String.format(
                            Locale.ROOT,
                            "  Jain index %.4f (%d jobs of the other tenant); worst p99 of a quiet tenant to the"
                                    + " ideal's %.1f s: %.2f",
                            jain,
                            noisyReleased,
                            idealP99,
                            ratio));
        }
    }

    static Result run(Paths paths, int jobs, long seed, Consumer<String> progress) throws InterruptedException {
        Path models = ModelsFile.write(
                paths.state().resolve("bench/models.yaml"),
                Duration.ofMinutes(1),
                Map.of(ModelsFile.MODEL, Map.of("requests-per-minute", PER_SECOND * SECONDS_PER_MINUTE)));
        var log = new ReleaseLog();
        try (BenchFleet fleet = BenchFleet.start(paths, seed, SANDBOX, progress)) {
            RunningProcess scheduler = fleet.beginScheduler("scheduler", models);
            fleet.awaitReady(scheduler);
            try (var feed = new JobFeed(scheduler);
                    var _ = NullWorker.start(fleet.sandbox(), "gemini", PER_SECOND, log)) {
                feed.submitLines(NOISY_JOBS * jobs, number -> job(NOISY, number));
                Thread.sleep(STEADY);
                Instant arrived = Instant.now();
                long nanoTime = System.nanoTime();
                feed.submitLines(QUIET * JOBS_OF_QUIET, number -> job("quiet-" + number % QUIET, number / QUIET));
                return result(NOISY_JOBS * jobs, quietReleases(log), log, arrived, nanoTime);
            }
        }
    }

    private static RenderJob job(String tenant, int number) {
        return PlainJob.of(tenant, "job-" + number, ModelsFile.MODEL, "A vase, number " + number, OutputSize.K1);
    }

    /** All of them, once they are answered. */
    private static List<Release> quietReleases(ReleaseLog log) throws InterruptedException {
        List<Release> quiet = new ArrayList<>();
        for (int number = 0; quiet.size() < QUIET * JOBS_OF_QUIET; number++) {
            Release release = log.await(number, STEP_MAX);
            if (!release.tenant().equals(NOISY)) {
                quiet.add(release);
            }
        }
        return quiet;
    }

    private static Result result(int noisyJobs, List<Release> quiet, ReleaseLog log, Instant arrived, long nanoTime) {
        Instant end = quiet.getLast().released();
        Map<String, Integer> released = new HashMap<>();
        for (Release release : log.from(0)) {
            if (release.released().isAfter(arrived) && !release.released().isAfter(end)) {
                released.merge(release.tenant(), 1, Integer::sum);
            }
        }
        Map<String, List<Double>> waits = new HashMap<>();
        for (Release release : quiet) {
            waits.computeIfAbsent(release.tenant(), _ -> new ArrayList<>())
                    .add((release.nanoTime() - nanoTime) / SECOND_NANOS);
        }
        double share = (double) PER_SECOND / (QUIET + 1);
        double idealP99 = Distribution.of(IntStream.rangeClosed(1, JOBS_OF_QUIET)
                        .mapToObj(number -> number / share)
                        .toList())
                .p99();
        return new Result(
                noisyJobs,
                PER_SECOND,
                jain(released.values()),
                released.getOrDefault(NOISY, 0),
                Distribution.of(waits.values().stream().flatMap(List::stream).toList()),
                idealP99,
                waits.values().stream()
                                .mapToDouble(each -> Distribution.of(each).p99())
                                .max()
                                .orElseThrow()
                        / idealP99);
    }

    private static double jain(Collection<Integer> counts) {
        double sum = counts.stream().mapToDouble(each -> each).sum();
        return sum
                * sum
                / (counts.size()
                        * counts.stream().mapToDouble(each -> each * each).sum());
    }
}
