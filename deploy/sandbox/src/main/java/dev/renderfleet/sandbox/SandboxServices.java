package dev.renderfleet.sandbox;

import dev.renderfleet.sandbox.control.ControlServer;
import dev.renderfleet.sandbox.control.SandboxParts;
import dev.renderfleet.sandbox.kafka.KafkaBroker;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.postgres.PostgresServer;
import dev.renderfleet.sandbox.process.DataFolder;
import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.sandbox.process.Reaper;
import dev.renderfleet.sandbox.s3.ActiveS3Faults;
import dev.renderfleet.sandbox.s3.S3Server;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.bfl.BflSimulator;
import dev.renderfleet.sandbox.simulators.comfy.ComfySimulator;
import dev.renderfleet.sandbox.simulators.dashscope.DashScopeSimulator;
import dev.renderfleet.sandbox.simulators.gemini.GeminiSimulator;
import dev.renderfleet.sandbox.simulators.openai.ImagesProfile;
import dev.renderfleet.sandbox.simulators.openai.OpenAiSimulator;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * All parts, started side by side and stopped together. If one does not start, the others are stopped before the failure
 * is passed on; the reaper comes first, so that nothing outlives this process from then on.
 */
final class SandboxServices implements AutoCloseable {
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final SandboxEndpoints endpoints;

    private SandboxServices(SandboxOptions options, DataFolder data) {
        parts.push(Reaper.over(data));
        parts.push(data);
        var kafkaStart = kafka(options, data);
        var postgresStart = postgres(options, data);
        var faults = new ActiveS3Faults(options.seed);
        var s3Start = s3(options, data, faults);
        var simulators = simulators(options);
        var controlStart = control(options, simulators, faults);
        var kafka = start(options, SandboxOptions.KAFKA, kafkaStart);
        var postgres = start(options, SandboxOptions.POSTGRES, postgresStart);
        var s3 = start(options, SandboxOptions.S3, s3Start);
        var control = start("control", controlStart);
        try {
            CompletableFuture.allOf(kafka, postgres, s3, control).join();
        } catch (CompletionException e) {
            close();
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        endpoints = new SandboxEndpoints(
                true,
                ProcessHandle.current().pid(),
                data.path().toString(),
                kafka.join().map(KafkaBroker::bootstrapServers).orElse(null),
                postgres.join().map(SandboxServices::describe).orElse(null),
                s3.join().map(store -> describe(store, options.bucket)).orElse(null),
                simulators.stream()
                        .collect(Collectors.toMap(
                                ModelSimulator::name, simulator -> describe(simulator, control.join()))),
                control.join().control());
    }

    static SandboxServices start(SandboxOptions options, DataFolder data) {
        return new SandboxServices(options, data);
    }

    SandboxEndpoints endpoints() {
        return endpoints;
    }

    @Override
    public void close() {
        for (AutoCloseable part = next(); part != null; part = next()) {
            try {
                part.close();
            } catch (Exception e) {
                LoggerFactory.getLogger(SandboxServices.class).warn("a part did not stop cleanly", e);
            }
        }
    }

    private @Nullable AutoCloseable next() {
        synchronized (parts) {
            return parts.pollFirst();
        }
    }

    private <T extends AutoCloseable> CompletableFuture<Optional<T>> start(
            SandboxOptions options, String part, Supplier<T> starter) {
        if (!options.with(part)) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return start(part, starter).thenApply(Optional::of);
    }

    private <T extends AutoCloseable> CompletableFuture<T> start(String name, Supplier<T> starter) {
        Executor thread = task -> Thread.ofPlatform().name("start-" + name).start(task);
        return CompletableFuture.supplyAsync(() -> kept(starter.get()), thread);
    }

    private Optional<Runnable> kafkaRestart() {
        synchronized (parts) {
            return parts.stream()
                    .filter(KafkaBroker.class::isInstance)
                    .findFirst()
                    .map(part -> ((KafkaBroker) part)::restart);
        }
    }

    private <T extends AutoCloseable> T kept(T part) {
        synchronized (parts) {
            parts.push(part);
        }
        return part;
    }

    // Ports are checked here, on the caller's thread, before anything slow begins.

    private static Supplier<KafkaBroker> kafka(SandboxOptions options, DataFolder data) {
        int port = options.with(SandboxOptions.KAFKA) ? Ports.choose("--kafka-port", options.kafkaPort) : 0;
        return () -> KafkaBroker.start(
                port,
                Ports.remembered(data.sub("kafka-controller.port")),
                data.sub("kafka"),
                options.partitions,
                options.acls);
    }

    private static Supplier<PostgresServer> postgres(SandboxOptions options, DataFolder data) {
        int port = options.with(SandboxOptions.POSTGRES) ? Ports.choose("--postgres-port", options.postgresPort) : 0;
        return () -> PostgresServer.start(port, data.sub("postgres"), options.durable);
    }

    private static Supplier<S3Server> s3(SandboxOptions options, DataFolder data, ActiveS3Faults faults) {
        int port = options.with(SandboxOptions.S3) ? Ports.choose("--s3-port", options.s3Port) : 0;
        return () -> S3Server.start(port, Ports.choose("", 0), data.sub("s3"), options.bucket, faults);
    }

    private Supplier<ControlServer> control(
            SandboxOptions options, List<ModelSimulator> simulators, ActiveS3Faults faults) {
        var address = new InetSocketAddress(
                options.simulatorAddress, Ports.choose("--simulator-port", options.simulatorPort));
        var beside = new SandboxParts(
                this::kafkaRestart, options.with(SandboxOptions.S3) ? Optional.of(faults) : Optional.empty());
        return () -> ControlServer.start(address, simulators, beside);
    }

    /** One of each provider, and one of each kind of server that anyone can run. */
    private static List<ModelSimulator> simulators(SandboxOptions options) {
        InstantSource clock = InstantSource.system();
        var renderer = new PictureRenderer();
        Supplier<SimulatorState> state = () -> SimulatorState.fresh(options.seed, options.timeScale, clock);
        return Stream.concat(
                        Stream.<ModelSimulator>of(
                                new GeminiSimulator(state.get(), renderer, options.seed, clock),
                                new GeminiSimulator(GeminiSimulator.VERTEX, state.get(), renderer, options.seed, clock),
                                new BflSimulator(state.get(), renderer, options.seed, clock),
                                new DashScopeSimulator(state.get(), renderer, options.seed, clock),
                                new ComfySimulator(state.get(), renderer, clock)),
                        Stream.of(ImagesProfile.values())
                                .map(profile ->
                                        new OpenAiSimulator(profile, state.get(), renderer, options.seed, clock)))
                .filter(_ -> options.with(SandboxOptions.SIMULATORS))
                .toList();
    }

    private static SandboxEndpoints.Postgres describe(PostgresServer server) {
        return new SandboxEndpoints.Postgres(server.jdbcUrl(), PostgresServer.USER, PostgresServer.PASSWORD);
    }

    private static SandboxEndpoints.S3 describe(S3Server store, String bucket) {
        return new SandboxEndpoints.S3(
                store.endpoint(),
                store.directEndpoint(),
                S3Server.REGION,
                bucket,
                S3Server.ACCESS_KEY,
                S3Server.SECRET_KEY);
    }

    private static SandboxEndpoints.Simulator describe(ModelSimulator simulator, ControlServer server) {
        return new SandboxEndpoints.Simulator(
                server.address(simulator.name()), simulator.apiKey(), server.control() + "/" + simulator.name());
    }
}
