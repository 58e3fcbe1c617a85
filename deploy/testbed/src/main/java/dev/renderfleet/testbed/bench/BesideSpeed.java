package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.bench.Contestant.Outcome;
import dev.renderfleet.testbed.figures.Distribution;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** How fast a worker of any make is, and what it costs the machine. */
final class BesideSpeed {

    private static final int ROUNDS = 3;
    private static final int STARTS = 5;
    private static final double MODEL_SECONDS = 0.2;
    private static final Duration BEAT = Duration.ofMillis(50);
    private static final Duration SETTLED_AFTER = Duration.ofSeconds(5);
    private static final Duration IDLE = Duration.ofSeconds(20);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private BesideSpeed() {}

    /** Small pictures of the model at once, the median of three rounds after one of warm-up. */
    static Map<String, Double> throughput(BenchFleet fleet, Contestant contestant, int jobs)
            throws InterruptedException {
        fleet.model(ThroughputScenario.PICTURE_BYTES, 0);
        contestant.begin("beside-throughput");
        try {
            round(fleet, contestant, jobs, 0);
            List<Round> rounds = new ArrayList<>();
            for (int number = 1; number <= ROUNDS; number++) {
                rounds.add(round(fleet, contestant, jobs, number));
            }
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put(
                    "CPU per job, 1.5 MB PNG, 64 at a time [ms]",
                    Round.median(rounds).cpuMillisPerJob());
            figures.put(
                    "jobs a second, 1.5 MB PNG, 64 at a time",
                    rounds.stream()
                            .sorted(Comparator.comparingDouble(Round::jobsPerSecond))
                            .toList()
                            .get(ROUNDS / 2)
                            .jobsPerSecond());
            return figures;
        } finally {
            contestant.stop();
        }
    }

    /** A modest steady rate, after the same as warm-up. */
    static Map<String, Double> latency(BenchFleet fleet, Contestant contestant, int jobs) throws InterruptedException {
        fleet.model(1, MODEL_SECONDS);
        contestant.begin("beside-latency");
        try {
            steadily(contestant, jobs(fleet, contestant, "latency-warm-up", jobs));
            Distribution added = Distribution.of(steadily(contestant, jobs(fleet, contestant, "latency", jobs)));
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put("added latency, 20 jobs a second, median [ms]", added.median());
            figures.put("added latency, 20 jobs a second, p99 [ms]", added.p99());
            return figures;
        } finally {
            contestant.stop();
        }
    }

    /** From the start of the process to its first outcome, which the client has; the job waits already. */
    static Map<String, Double> start(BenchFleet fleet, Contestant contestant) throws InterruptedException {
        fleet.model(1, 0);
        List<Double> seconds = new ArrayList<>();
        for (int number = 1; number <= STARTS; number++) {
            List<RenderJob> one = jobs(fleet, contestant, "start-" + number, 1);
            contestant.submit(one);
            long start = System.nanoTime();
            contestant.begin("beside-start");
            try {
                seconds.add((completed(contestant, one).getLast().nanoTime() - start) / 1e9);
            } finally {
                contestant.stop();
            }
        }
        return Map.of(
                "process start to first outcome, median of 5 [s]",
                Distribution.of(seconds).median());
    }

    /** With nothing to do, some seconds after a job. */
    static Map<String, Double> idle(BenchFleet fleet, Contestant contestant) throws InterruptedException {
        fleet.model(1, 0);
        contestant.begin("beside-idle");
        try {
            List<RenderJob> one = jobs(fleet, contestant, "idle", 1);
            contestant.submit(one);
            completed(contestant, one);
            Thread.sleep(SETTLED_AFTER);
            Duration cpu = Processes.cpuOfTree(contestant.pid());
            Thread.sleep(IDLE);
            double millis = Processes.cpuOfTree(contestant.pid()).minus(cpu).toMillis();
            return Map.of("CPU with nothing to do [ms a second]", millis / IDLE.toSeconds());
        } finally {
            contestant.stop();
        }
    }

    /** As many large pictures as it has slots, all in flight before the first answer comes. */
    static Map<String, Double> memory(BenchFleet fleet, Contestant contestant) throws InterruptedException {
        fleet.model(HeapScenario.PICTURE_BYTES, HeapScenario.MODEL_SECONDS);
        contestant.begin("beside-memory");
        try {
            List<RenderJob> large =
                    fleet.jobs(contestant.title() + "-memory", BenchModel.GEMINI.id(), BenchFleet.SLOTS, OutputSize.K4);
            contestant.submit(large);
            completed(contestant, large);
            return Map.of(
                    "peak resident memory, 64 PNG of 18 MB at a time [MiB]",
                    Processes.peakResidentMebibytesOfTree(contestant.pid()));
        } finally {
            contestant.stop();
        }
    }

    /** Milliseconds of each, less the model's. On its beat whatever the worker does. */
    private static List<Double> steadily(Contestant contestant, List<RenderJob> jobs) throws InterruptedException {
        Map<String, Long> sent = new ConcurrentHashMap<>();
        List<Outcome> outcomes;
        try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            for (int number = 0; number < jobs.size(); number++) {
                RenderJob job = jobs.get(number);
                TimeUnit.NANOSECONDS.sleep(start + number * BEAT.toNanos() - System.nanoTime());
                sent.put(BenchFleet.id(job), System.nanoTime());
                Future<?> _ = senders.submit(() -> {
                    contestant.submit(List.of(job));
                    return null;
                });
            }
            outcomes = completed(contestant, jobs);
        }
        return outcomes.stream()
                .map(outcome ->
                        (outcome.nanoTime() - sent.getOrDefault(outcome.jobId(), 0L)) / 1e6 - MODEL_SECONDS * 1e3)
                .toList();
    }

    private static Round round(BenchFleet fleet, Contestant contestant, int count, int number)
            throws InterruptedException {
        List<RenderJob> jobs = jobs(fleet, contestant, "throughput-" + number, count);
        Duration cpu = Processes.cpuOfTree(contestant.pid());
        Duration sandboxCpu = Processes.cpu(fleet.sandbox().pid());
        long start = System.nanoTime();
        contestant.submit(jobs);
        List<Outcome> outcomes = completed(contestant, jobs);
        return Round.of(
                count,
                outcomes.getLast().nanoTime() - start,
                Processes.cpuOfTree(contestant.pid()).minus(cpu).toNanos(),
                Processes.cpu(fleet.sandbox().pid()).minus(sandboxCpu).toNanos(),
                0);
    }

    private static List<Outcome> completed(Contestant contestant, List<RenderJob> jobs) throws InterruptedException {
        List<Outcome> outcomes = new ArrayList<>();
        contestant.gather(jobs, jobs.size(), PATIENCE, outcomes);
        long completed = outcomes.stream().filter(Outcome::completed).count();
        if (completed < jobs.size()) {
            throw new UserError("%s completed %d of %d jobs; its log may say why."
                    .formatted(contestant.title(), completed, jobs.size()));
        }
        return outcomes;
    }

    private static List<RenderJob> jobs(BenchFleet fleet, Contestant contestant, String part, int count) {
        return fleet.jobs(contestant.title() + "-" + part, BenchModel.GEMINI.id(), count, OutputSize.K1);
    }
}
