package dev.renderfleet.testbed.bench;

import dev.renderfleet.cli.cluster.EventConsumer;
import dev.renderfleet.cli.cluster.JobPublisher;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.SimulatorControl;
import dev.renderfleet.sandbox.simulators.PictureSettings;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.FleetSystem.RunningProcess;
import dev.renderfleet.testbed.system.Paths;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A sandbox, workers as a scenario wants them, and a client with a stopwatch. Used by one thread, except where said. */
final class BenchFleet implements AutoCloseable {

    /** Renders at a time in each scenario, the worker's own default. */
    static final int SLOTS = 64;

    private static final Duration STOP_GRACE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(100);

    private final FleetSystem system;
    private final SandboxEndpoints sandbox;
    private final long seed;

    private BenchFleet(FleetSystem system, SandboxEndpoints sandbox, long seed) {
        this.system = system;
        this.sandbox = sandbox;
        this.seed = seed;
    }

    /** @param progress receives a line when a fleet left behind delays the start */
    static BenchFleet start(Paths paths, long seed, Consumer<String> progress) {
        return start(paths, seed, List.of("--without", "postgres"), progress);
    }

    /** The same with a sandbox of these options. */
    static BenchFleet start(Paths paths, long seed, List<String> options, Consumer<String> progress) {
        var system = FleetSystem.begin(paths, false, progress);
        try {
            // S3Proxy holds each body as a whole until it has checked its signature: 64 of 18 MB at a time.
            SandboxEndpoints sandbox = system.startSandbox(
                    Stream.concat(options.stream(), Stream.of("--seed", Long.toString(seed)))
                            .toList(),
                    List.of("-Xmx4g"));
            return new BenchFleet(system, sandbox, seed);
        } catch (RuntimeException e) {
            system.close();
            throw e;
        }
    }

    SandboxEndpoints sandbox() {
        return sandbox;
    }

    SimulatorControl simulator() {
        return simulator("gemini");
    }

    SimulatorControl simulator(String provider) {
        return new SimulatorControl(sandbox.simulator(provider).control());
    }

    /**
     * From now on each picture is a PNG of at least that many bytes, drawn once for each size, after a fixed time. PNG, because
     * the simulator pads JPEG with comments, which no model sends and which decoders read into memory.
     */
    void model(int pictureBytes, double seconds) {
        model("gemini", pictureBytes, seconds);
    }

    /** The same of that provider. */
    void model(String provider, int pictureBytes, double seconds) {
        SimulatorControl control = simulator(provider);
        control.resetSettings();
        control.latency(seconds, seconds);
        control.pictures(new PictureSettings(pictureBytes, false, "image/png"));
    }

    /** Starts a worker; returns before it is ready. */
    RunningProcess begin(String name, List<String> javaOptions) {
        return begin(name, javaOptions, Map.of());
    }

    /** The same, with these settings (environment variables) beside the usual ones. */
    RunningProcess begin(String name, List<String> javaOptions, Map<String, String> more) {
        Map<String, String> settings = new TreeMap<>(FleetSystem.workerEnvironment(sandbox));
        settings.putAll(FleetSystem.simulatedGemini(sandbox));
        settings.put("RENDERFLEET_WORKER_SLOTS", Integer.toString(SLOTS));
        settings.putAll(more);
        return system.startWorker(name, settings, javaOptions);
    }

    /** The same, started and compiled quickly: where its processor time is not the figure. */
    RunningProcess beginQuick(String name, Map<String, String> more) {
        Map<String, String> settings = new TreeMap<>(FleetSystem.workerEnvironment(sandbox));
        settings.put("RENDERFLEET_WORKER_SLOTS", Integer.toString(SLOTS));
        settings.putAll(more);
        return system.startWorker(name, settings);
    }

    /** Starts a scheduler for the models of this file; returns before it is ready. */
    RunningProcess beginScheduler(String name, Path models) {
        Map<String, String> settings = new TreeMap<>(FleetSystem.schedulerEnvironment(sandbox));
        settings.put("RENDERFLEET_MODELS_FILE", models.toAbsolutePath().toString());
        return system.startScheduler(name, settings, List.of());
    }

    void awaitReady(RunningProcess worker) {
        system.awaitReady(worker);
    }

    void stop(RunningProcess worker) {
        system.stop(worker, STOP_GRACE);
    }

    /** Ends a worker as {@code kill -9} does. */
    void kill(RunningProcess worker) {
        worker.part().kill();
    }

    /** That many jobs of one tenant, the same for the same seed. */
    List<RenderJob> jobs(String tenant, int count, OutputSize size) {
        return jobs(tenant, "nano-banana", count, size);
    }

    /** The same for that model. */
    List<RenderJob> jobs(String tenant, String model, int count, OutputSize size) {
        return IntStream.range(0, count)
                .mapToObj(number -> PlainJob.of(
                        tenant,
                        "bench-" + seed + "-" + number,
                        model,
                        "A red vase on a beach, number " + number + " of seed " + seed,
                        size))
                .toList();
    }

    static String id(RenderJob job) {
        return JobId.of(job.tenant(), job.idempotencyKey()).value();
    }

    JobPublisher publisher() {
        return new JobPublisher(SandboxCluster.kafka(sandbox));
    }

    /** A reader of all events from now on. */
    EventConsumer reader() {
        return new EventConsumer(SandboxCluster.kafka(sandbox), EventConsumer.From.NOW);
    }

    /** An event, and when the client had it ({@link System#nanoTime()}). */
    record TimedEvent(long nanoTime, RenderEvent event) {

        RenderCompleted completed() {
            if (event instanceof RenderCompleted completed && !completed.replay()) {
                return completed;
            }
            throw new UserError("A job of the benchmark did not complete as a new one: " + event);
        }
    }

    /** Reads until each of these jobs has an event; by job id. What has not come within {@code wait} is missing. */
    static Map<String, TimedEvent> arrivals(EventConsumer reader, List<RenderJob> jobs, Duration wait) {
        Map<String, TimedEvent> arrivals = new HashMap<>();
        var wanted = jobs.stream().map(BenchFleet::id).collect(Collectors.toSet());
        long giveUp = System.nanoTime() + wait.toNanos();
        while (arrivals.size() < wanted.size() && System.nanoTime() < giveUp) {
            List<RenderEvent> events = reader.poll(POLL);
            long now = System.nanoTime();
            for (RenderEvent event : events) {
                if (wanted.contains(event.job().jobId())) {
                    arrivals.putIfAbsent(event.job().jobId(), new TimedEvent(now, event));
                }
            }
        }
        return arrivals;
    }

    /** The same, and trouble where one is missing. */
    static Map<String, TimedEvent> allArrivals(EventConsumer reader, List<RenderJob> jobs, Duration wait) {
        Map<String, TimedEvent> arrivals = arrivals(reader, jobs, wait);
        if (arrivals.size() < jobs.size()) {
            throw new UserError("Only " + arrivals.size() + " of " + jobs.size() + " jobs had an outcome within "
                    + wait.toSeconds() + " s; the worker's log may say why.");
        }
        return arrivals;
    }

    @Override
    public void close() {
        system.close();
    }
}
