package dev.renderfleet.testbed.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.bench.BenchFleet.TimedEvent;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import dev.renderfleet.testbed.system.Paths;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** How many jobs a worker does when the model takes no time, and what each costs the processor, against the bare minimum. */
final class ThroughputScenario {

    /** A usual 1K picture. */
    static final int PICTURE_BYTES = 1_500_000;

    private static final int ROUNDS = 3;
    private static final Duration OUTCOMES_MAX = Duration.ofMinutes(10);
    private static final Duration BARE_MAX = Duration.ofMinutes(20);

    private ThroughputScenario() {}

    /**
     * Rounds after one of warm-up, in the order in which they ran.
     *
     * @param calls at a time
     * @param ratio median processor time of a worker's job against that of the bare minimum
     */
    record Result(String model, int pictureBytes, int calls, List<Round> worker, List<Round> bare, double ratio)
            implements Figures {
        Result {
            worker = List.copyOf(worker);
            bare = List.copyOf(bare);
        }

        @Override
        public List<String> lines() {
            List<String> lines = new ArrayList<>();
            lines.add(String.format(
                    Locale.ROOT,
                    "Throughput: %s in 0 ms, images of %d bytes, %d at a time",
                    model,
                    pictureBytes,
                    calls));
            worker.forEach(round -> lines.add(round.line("worker")));
            bare.forEach(round -> lines.add(round.line("bare minimum")));
            lines.add(String.format(Locale.ROOT, "  CPU per job, worker against bare minimum: %.2f", ratio));
            return lines;
        }
    }

    static Result run(BenchFleet fleet, Paths paths, BenchModel model, int jobs)
            throws IOException, InterruptedException {
        fleet.model(model.provider(), PICTURE_BYTES, 0);
        List<Round> worker = worker(fleet, model, jobs);
        List<Round> bare = bare(paths, model, jobs);
        return new Result(
                model.id(),
                PICTURE_BYTES,
                model.calls(),
                worker,
                bare,
                Round.median(worker).cpuMillisPerJob() / Round.median(bare).cpuMillisPerJob());
    }

    private static List<Round> worker(BenchFleet fleet, BenchModel model, int jobs) throws InterruptedException {
        RunningProcess worker =
                fleet.begin("throughput", List.of(), FleetSystem.simulated(fleet.sandbox(), model.provider()));
        fleet.awaitReady(worker);
        try {
            round(fleet, worker, fleet.jobs("throughput-warm-up", model.id(), jobs, OutputSize.K1));
            List<Round> rounds = new ArrayList<>();
            for (int number = 1; number <= ROUNDS; number++) {
                rounds.add(round(fleet, worker, fleet.jobs("throughput-" + number, model.id(), jobs, OutputSize.K1)));
            }
            return rounds;
        } finally {
            fleet.stop(worker);
        }
    }

    private static Round round(BenchFleet fleet, RunningProcess worker, List<RenderJob> jobs)
            throws InterruptedException {
        long pid = worker.part().pid();
        long sandbox = fleet.sandbox().pid();
        try (EventConsumer reader = fleet.reader();
                JobPublisher publisher = fleet.publisher()) {
            Duration cpu = Processes.cpu(pid);
            Duration sandboxCpu = Processes.cpu(sandbox);
            long start = System.nanoTime();
            publisher.publish(jobs);
            Map<String, TimedEvent> arrivals = BenchFleet.allArrivals(reader, jobs, OUTCOMES_MAX);
            long end = arrivals.values().stream()
                    .mapToLong(TimedEvent::nanoTime)
                    .max()
                    .orElse(start);
            return Round.of(
                    jobs.size(),
                    end - start,
                    Processes.cpu(pid).minus(cpu).toNanos(),
                    Processes.cpu(sandbox).minus(sandboxCpu).toNanos(),
                    arrivals.values().stream()
                            .mapToLong(arrival ->
                                    arrival.completed().images().getFirst().bytes())
                            .sum());
        }
    }

    /** In a process of its own with the worker's heap: this one runs with a frugal compiler and would flatter the worker. */
    private static List<Round> bare(Paths paths, BenchModel model, int jobs) throws IOException, InterruptedException {
        Path log = paths.state().resolve("logs").resolve("bare-minimum.log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-D" + Paths.STATE_PROPERTY + "=" + paths.state(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        BareMinimum.class.getName(),
                        model.name(),
                        Integer.toString(ROUNDS),
                        Integer.toString(jobs))
                .redirectError(log.toFile())
                .start();
        List<Round> rounds = new ArrayList<>();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            var json = new ObjectMapper();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                rounds.add(json.readValue(line, Round.class));
            }
            if (!process.waitFor(BARE_MAX.toSeconds(), TimeUnit.SECONDS) || rounds.size() != ROUNDS) {
                throw new UserError("The bare minimum did not run to its end; its log: " + log);
            }
            return rounds;
        } finally {
            process.destroy();
        }
    }
}
