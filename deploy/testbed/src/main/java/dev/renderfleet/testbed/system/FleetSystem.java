package dev.renderfleet.testbed.system;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.SandboxProcess;
import dev.renderfleet.sandbox.process.JavaProcess;
import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.sandbox.simulators.comfy.ComfySimulator;
import dev.renderfleet.sandbox.simulators.openai.OpenAiSimulator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A fleet on this machine: sandbox, workers and scheduler, each a process. Closing it stops all of them, unless {@link #keep}.
 */
public final class FleetSystem implements AutoCloseable {

    private static final Duration START_MAX = Duration.ofSeconds(90);
    private static final Duration POLL = Duration.ofMillis(100);

    private static final List<String> SANDBOX_JAVA = List.of("-Xmx1g");
    private static final List<String> WORKER_JAVA = List.of("-Xmx512m");
    private static final List<String> SCHEDULER_JAVA = List.of("-Xmx256m");

    /** The setting of a worker that names its {@link dev.renderfleet.testbed.planted.PlantedBug}; only the testbed's own workers know it. */
    public static final String PLANTED_BUG = "TESTBED_BUG";

    private final Paths paths;
    /** From a jar to how it is started. */
    private final Function<Path, JavaProcess> quick;

    private final HttpClient http = HttpClient.newHttpClient();
    private volatile FleetState fleet;
    private volatile boolean keep;
    private boolean ended;

    private FleetSystem(Paths paths, Function<Path, JavaProcess> quick, FleetState fleet) {
        this.paths = paths;
        this.quick = quick;
        this.fleet = fleet;
    }

    /** A started process and its HTTP port. */
    public record RunningProcess(FleetProcess part, int httpPort) {}

    /**
     * Begins a fleet. Fails with a {@link UserError} if one is in use here.
     *
     * @param progress receives lines about leftover processes of a crashed fleet, which are stopped first
     */
    public static FleetSystem begin(Paths paths, boolean keep, Consumer<String> progress) {
        return begin(paths, JavaProcess::quick, keep, progress);
    }

    /** Begins a training run, which writes AOT caches for later starts when it is {@linkplain #finishTraining finished}. */
    public static FleetSystem beginTraining(Paths paths) {
        return begin(paths, JavaProcess::training, false, _ -> {});
    }

    private static FleetSystem begin(
            Paths paths, Function<Path, JavaProcess> quick, boolean keep, Consumer<String> progress) {
        FleetState.makeRoom(
                paths,
                parts -> progress.accept("An earlier fleet was left behind; ending "
                        + parts.stream().map(FleetProcess::name).collect(Collectors.joining(", "))
                        + ", which may take as long as a render ..."));
        var system = new FleetSystem(paths, quick, FleetState.byThisProcess(keep));
        // Ctrl-C must not leave servers behind.
        Runtime.getRuntime().addShutdownHook(new Thread(system::end, "fleet-end"));
        return system;
    }

    /** Stops all processes and stores their AOT caches. */
    public void finishTraining() {
        end();
        List.of(SandboxProcess.jar(), paths.workerJar(), paths.schedulerJar()).forEach(JavaProcess::adoptAotCache);
    }

    /** Starts the sandbox and blocks until it is ready. */
    public SandboxEndpoints startSandbox(List<String> options) {
        return startSandbox("sandbox", options).endpoints();
    }

    /** As its user starts it, with these options of its JVM: for measurements. */
    public SandboxEndpoints startSandbox(List<String> options, List<String> javaOptions) {
        return startSandbox("sandbox", options, javaOptions).endpoints();
    }

    /** A started sandbox. */
    public record RunningSandbox(FleetProcess part, SandboxEndpoints endpoints) {}

    /** Starts one of several sandboxes, each with some services; {@link #endpoints} joins them. */
    public RunningSandbox startSandbox(String name, List<String> options) {
        return startSandbox(
                name, quick.apply(SandboxProcess.jar()).with(SANDBOX_JAVA).arguments(options));
    }

    /** The same as its user starts it, with these options of its JVM: for measurements. */
    public RunningSandbox startSandbox(String name, List<String> options, List<String> javaOptions) {
        return startSandbox(
                name,
                JavaProcess.plain(SandboxProcess.jar())
                        .with(SANDBOX_JAVA)
                        .with(javaOptions)
                        .arguments(options));
    }

    private RunningSandbox startSandbox(String name, JavaProcess program) {
        Path out = log(name + ".json");
        FleetProcess sandbox = start(name, program, Map.of(), out);
        String line = await(sandbox, () -> {
            String text = Files.readString(out, StandardCharsets.UTF_8);
            return text.contains("\n") ? text.substring(0, text.indexOf('\n')) : null;
        });
        try {
            SandboxEndpoints endpoints = new ObjectMapper().readValue(line, SandboxEndpoints.class);
            remember(endpoints);
            return new RunningSandbox(sandbox, endpoints);
        } catch (IOException e) {
            throw new UncheckedIOException("the sandbox said something unexpected: " + line, e);
        }
    }

    /** The endpoints of all sandboxes. */
    public SandboxEndpoints endpoints() {
        SandboxEndpoints known = fleet.endpoints();
        if (known == null) {
            throw new IllegalStateException("no sandbox was started");
        }
        return known;
    }

    private synchronized void remember(SandboxEndpoints endpoints) {
        fleet = fleet.at(joined(fleet.endpoints(), endpoints), paths);
    }

    /** All services; those of the younger sandbox win. */
    private static SandboxEndpoints joined(@Nullable SandboxEndpoints older, SandboxEndpoints younger) {
        if (older == null) {
            return younger;
        }
        return new SandboxEndpoints(
                true,
                younger.pid(),
                younger.data(),
                younger.kafka() == null ? older.kafka() : younger.kafka(),
                younger.postgres() == null ? older.postgres() : younger.postgres(),
                younger.s3() == null ? older.s3() : younger.s3(),
                younger.simulators().isEmpty() ? older.simulators() : younger.simulators(),
                younger.simulators().isEmpty() ? older.control() : younger.control());
    }

    /** Starts a worker with these settings (environment variables); returns before it is ready. */
    public RunningProcess startWorker(String name, Map<String, String> environment) {
        Path jar = environment.containsKey(PLANTED_BUG) ? paths.plantedWorkerJar() : paths.workerJar();
        return startWorker(name, environment, quick.apply(jar).with(WORKER_JAVA));
    }

    /** The same as its operator starts it, with these options of its JVM: for measurements. */
    public RunningProcess startWorker(String name, Map<String, String> environment, List<String> javaOptions) {
        JavaProcess program = JavaProcess.plain(paths.workerJar()).with(WORKER_JAVA);
        return startWorker(name, environment, program.with(javaOptions));
    }

    private RunningProcess startWorker(String name, Map<String, String> environment, JavaProcess program) {
        Map<String, String> settings = new TreeMap<>(environment);
        settings.putIfAbsent(
                "RENDERFLEET_WORKER_SPOOL", paths.spool(name).toAbsolutePath().toString());
        settings.putIfAbsent("RENDERFLEET_WORKER_NAME", name);
        return startApplication(name, settings, program);
    }

    /** Starts a scheduler; returns before it is ready. */
    public RunningProcess startScheduler(String name, Map<String, String> environment) {
        JavaProcess program = quick.apply(paths.schedulerJar());
        return startApplication(name, environment, program.with(SCHEDULER_JAVA));
    }

    /** The same as its operator starts it, with these options of its JVM: for measurements. */
    public RunningProcess startScheduler(String name, Map<String, String> environment, List<String> javaOptions) {
        JavaProcess program = JavaProcess.plain(paths.schedulerJar()).with(SCHEDULER_JAVA);
        return startApplication(name, environment, program.with(javaOptions));
    }

    /** Stops a process in an orderly way, and kills it after the grace period. */
    public void stop(RunningProcess running, Duration grace) {
        running.part().stop(grace);
    }

    /** Blocks until the process is ready by its health check. */
    public void awaitReady(RunningProcess running) {
        URI ready = URI.create("http://127.0.0.1:" + running.httpPort() + "/q/health/ready");
        await(running.part(), () -> {
            try {
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(ready)
                                .timeout(Duration.ofSeconds(5))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                return answer.statusCode() == 200 ? answer.body() : null;
            } catch (IOException e) {
                return null;
            }
        });
    }

    /** Settings that bind a worker to the sandbox's Gemini simulator. */
    public static Map<String, String> simulatedGemini(SandboxEndpoints sandbox) {
        return simulated(sandbox, "gemini");
    }

    /** Settings that bind a worker to the sandbox's simulator of a provider. */
    public static Map<String, String> simulated(SandboxEndpoints sandbox, String provider) {
        String prefix = "RENDERFLEET_PROVIDERS_" + provider.toUpperCase(Locale.ROOT);
        SandboxEndpoints.Simulator simulator = sandbox.simulator(provider);
        Map<String, String> settings = new TreeMap<>();
        settings.put(prefix + "_BASE_URL", simulator.baseUrl());
        settings.put(prefix + "_API_KEY", simulator.apiKey());
        if (provider.equals(OpenAiSimulator.NAME)) {
            // It reads the pictures of edits there, as the real one cannot.
            settings.put("RENDERFLEET_S3_PUBLIC_ENDPOINT", sandbox.store().endpoint());
        }
        return settings;
    }

    /** Settings that bind a worker to the sandbox's simulators of these providers, with a file of their models, which is written. */
    public static Map<String, String> simulated(SandboxEndpoints sandbox, Collection<String> providers, Paths paths) {
        Map<String, String> settings = new TreeMap<>();
        if (providers.contains(ComfySimulator.NAME)) {
            settings.putAll(workflows(paths));
        }
        providers.forEach(provider -> settings.putAll(simulated(sandbox, provider)));
        settings.put(
                "RENDERFLEET_MODELS_FILE",
                ModelsFile.write(paths.models()).toAbsolutePath().toString());
        return settings;
    }

    /** The setting for workflows of the simulated ComfyUI server. */
    public static Map<String, String> workflows(Paths paths) {
        return Map.of("RENDERFLEET_PROVIDERS_COMFY_WORKFLOWS", paths.workflows().toString());
    }

    /** Settings that bind a worker to the sandbox's Kafka and S3. */
    public static Map<String, String> workerEnvironment(SandboxEndpoints sandbox) {
        SandboxEndpoints.S3 s3 = sandbox.store();
        Map<String, String> settings = new TreeMap<>();
        // A real key in this process' environment must not be spent by a worker that it starts.
        List.of("BFL_API_KEY", "DASHSCOPE_API_KEY", "OPENAI_API_KEY").forEach(key -> settings.put(key, ""));
        settings.put("KAFKA_BOOTSTRAP_SERVERS", sandbox.bootstrapServers());
        settings.put("RENDERFLEET_S3_ENDPOINT", s3.endpoint());
        settings.put("RENDERFLEET_S3_REGION", s3.region());
        settings.put("RENDERFLEET_S3_BUCKET", s3.bucket());
        settings.put("RENDERFLEET_S3_ACCESS_KEY", s3.accessKey());
        settings.put("RENDERFLEET_S3_SECRET_KEY", s3.secretKey());
        return settings;
    }

    /** Settings that bind a scheduler to a sandbox. */
    public static Map<String, String> schedulerEnvironment(SandboxEndpoints sandbox) {
        SandboxEndpoints.Postgres database = sandbox.database();
        return Map.of(
                "KAFKA_BOOTSTRAP_SERVERS", sandbox.bootstrapServers(),
                "QUARKUS_DATASOURCE_JDBC_URL", database.jdbcUrl(),
                "QUARKUS_DATASOURCE_USERNAME", database.user(),
                "QUARKUS_DATASOURCE_PASSWORD", database.password());
    }

    @Override
    public void close() {
        end();
        http.close();
    }

    /** Lets the processes run on after this command. */
    public void keep() {
        keep = true;
        fleet.parts().forEach(part -> JavaProcess.release(part.pid()));
    }

    /** Once: a second time could stop a newer fleet. */
    private synchronized void end() {
        if (!keep && !ended) {
            ended = true;
            fleet.stop(paths);
        }
    }

    /** Starts any application that takes these environment variables and serves {@code /q/health/ready} at {@code quarkus.http.port}. */
    public RunningProcess startApplication(String name, Map<String, String> environment, JavaProcess program) {
        int port = Ports.choose("", 0);
        JavaProcess application = program.with(List.of("-Dquarkus.http.host=127.0.0.1", "-Dquarkus.http.port=" + port));
        return new RunningProcess(start(name, application, environment, log(name + ".log")), port);
    }

    private synchronized FleetProcess start(
            String name, JavaProcess program, Map<String, String> environment, Path out) {
        if (ended) {
            // A process started now would outlive this command.
            throw new UserError(name + " is not started: the fleet has ended");
        }
        if (!Files.exists(program.jar())) {
            throw new UserError(program.jar() + " is missing. Build it with: ./fleet build");
        }
        try {
            Files.createDirectories(paths.logs());
            Path errors = log(name + ".log");
            // A restarted process appends to its log.
            boolean again = fleet.parts().stream().anyMatch(part -> part.name().equals(name));
            Process process = program.start(child -> {
                child.redirectInput(Path.of("/dev/null").toFile());
                child.redirectOutput(
                        again && out.equals(errors) ? Redirect.appendTo(out.toFile()) : Redirect.to(out.toFile()));
                if (out.equals(errors)) {
                    child.redirectErrorStream(true);
                } else {
                    child.redirectError(errors.toFile());
                }
                child.environment().putAll(environment);
            });
            FleetProcess part = FleetProcess.of(name, process, errors);
            fleet = fleet.plus(part, paths);
            return part;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + name, e);
        }
    }

    /** Returns null until there is an answer. */
    @FunctionalInterface
    private interface Question {
        @Nullable
        String ask() throws IOException, InterruptedException;
    }

    private static String await(FleetProcess part, Question question) {
        Instant giveUp = Instant.now().plus(START_MAX);
        try {
            while (Instant.now().isBefore(giveUp)) {
                String answer = question.ask();
                if (answer != null) {
                    return answer;
                }
                if (!part.alive()) {
                    throw new UserError(
                            part.name() + " did not start. Its last words (" + part.log() + "):\n" + part.lastWords());
                }
                TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserError("interrupted while " + part.name() + " was starting");
        }
        throw new UserError(part.name() + " was not ready after " + START_MAX.toSeconds() + " s. Its last words ("
                + part.log() + "):\n" + part.lastWords());
    }

    private Path log(String file) {
        return paths.logs().resolve(file);
    }
}
