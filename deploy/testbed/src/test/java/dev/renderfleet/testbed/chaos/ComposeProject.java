package dev.renderfleet.testbed.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.SandboxEndpoints.S3;
import dev.renderfleet.sandbox.SandboxEndpoints.Simulator;
import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.testbed.EndedProgram;
import dev.renderfleet.testbed.TestFleet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A project of Docker Compose by the files of this repository, with simulated models, on free ports of this machine. Workers have few slots, so
 * that there is always work for more of them. Not thread-safe.
 */
final class ComposeProject implements AutoCloseable {

    static final String STORE = "s3";
    static final String BROKER = "kafka";
    static final int SLOTS = 8;

    private static final String WORKER = "sandbox-worker";
    private static final Path REPOSITORY = Path.of("..", "..").toAbsolutePath().normalize();
    private static final Duration STEP_MAX = Duration.ofMinutes(10);
    private static final Duration LOOK = Duration.ofMillis(500);
    /** Other than the passwords of docker-compose.yml: so it must use them everywhere. */
    private static final String KEY = "compose-test";

    private final String name;
    private final Path folder;
    private final List<String> compose;
    private final SandboxEndpoints endpoints;
    /** All that its containers ever had. */
    private final Set<String> volumes = new TreeSet<>();

    private ComposeProject(String name, int brokers) {
        this.name = "renderfleet-" + name;
        this.folder = TestFleet.paths(name).state().toAbsolutePath();
        List<Integer> kafka =
                IntStream.range(0, 3).mapToObj(_ -> Ports.choose("", 0)).toList();
        int s3 = Ports.choose("", 0);
        int simulators = Ports.choose("", 0);
        Path slots = write("few-slots.yml", """
                services:
                  sandbox-worker:
                    environment: {RENDERFLEET_WORKER_SLOTS: %d}
                    # Several start at a time, on a machine that may have other work.
                    healthcheck: {start_period: 9m}""".formatted(SLOTS));
        // Variables of this process, or an .env of this checkout, may name other ports, and the keys of real models.
        this.compose = new ArrayList<>(List.of("env", "-u", "COMPOSE_PROFILES"));
        compose.addAll(List.of(
                "RENDERFLEET_KAFKA_PORT=" + kafka.get(0),
                "RENDERFLEET_KAFKA_2_PORT=" + kafka.get(1),
                "RENDERFLEET_KAFKA_3_PORT=" + kafka.get(2),
                "RENDERFLEET_S3_PORT=" + s3,
                "RENDERFLEET_SIMULATORS_PORT=" + simulators,
                "RENDERFLEET_SCHEDULER_PORT=" + Ports.choose("", 0),
                "RENDERFLEET_S3_ACCESS_KEY=" + KEY,
                "RENDERFLEET_S3_SECRET_KEY=" + KEY,
                "RENDERFLEET_POSTGRES_PASSWORD=" + KEY));
        compose.addAll(List.of("docker", "compose", "--ansi", "never", "--env-file", "/dev/null"));
        compose.addAll(List.of("--project-name", this.name, "--profile", "sandbox"));
        Stream.of("docker-compose.yml", "docker-compose.cluster.yml")
                .limit(brokers == 1 ? 1 : 2)
                .forEach(file -> compose.addAll(
                        List.of("--file", REPOSITORY.resolve(file).toString())));
        compose.addAll(List.of("--file", slots.toString()));
        String store = "http://127.0.0.1:" + s3;
        String control = "http://127.0.0.1:" + simulators + "/__sim";
        this.endpoints = new SandboxEndpoints(
                true,
                0,
                "",
                kafka.stream().limit(brokers).map(port -> "127.0.0.1:" + port).collect(Collectors.joining(",")),
                null,
                new S3(store, store, "us-east-1", "renderfleet", KEY, KEY),
                Stream.of(ChaosModel.values())
                        .map(ChaosModel::provider)
                        .collect(Collectors.toMap(
                                provider -> provider, provider -> new Simulator("", "", control + "/" + provider))),
                control);
    }

    /**
     * Brings it up healthy, with one worker. Skips the test, and says so, where no Docker engine answers or an image is missing.
     *
     * @param brokers 1, or 3 by docker-compose.cluster.yml
     */
    static ComposeProject up(String name, int brokers) {
        var project = new ComposeProject(name, brokers);
        project.skipWithoutImages();
        // What a run has left that was killed.
        project.down();
        try {
            project.bringUp("--scale", WORKER + "=1");
            return project;
        } catch (Throwable e) {
            project.close();
            throw e;
        }
    }

    private void skipWithoutImages() {
        EndedProgram engine = run(List.of("docker", "info"));
        if (engine.code() != 0) {
            EndedProgram.skip("no Docker engine answers; deploy/images/prepare brings one up");
        }
        List<String> images = Stream.concat(
                        Stream.of("docker", "image", "inspect", "--format", "{{.Id}}"),
                        compose("--profile", "tools", "config", "--images")
                                .lines()
                                .distinct())
                .toList();
        EndedProgram found = run(images);
        if (found.code() != 0) {
            EndedProgram.skip("deploy/images/prepare makes what is missing: " + found.printed());
        }
    }

    SandboxEndpoints endpoints() {
        return endpoints;
    }

    /** Where its logs are. */
    Path folder() {
        return folder;
    }

    /** Starts or ends workers, which finish what they render. */
    void scale(int workers) {
        bringUp("--no-deps", "--no-recreate", "--scale", WORKER + "=" + workers, WORKER);
    }

    /** Ends all workers in an orderly way. */
    void stopWorkers() {
        compose("stop", WORKER);
    }

    /** The workers' containers by number, also of those that do not run. */
    List<String> workers() {
        return containers("--filter", "label=com.docker.compose.service=" + WORKER);
    }

    /** The one container of a service. */
    String container(String service) {
        return name + "-" + service + "-1";
    }

    /** Its address among the containers. */
    String address(String container) {
        return docker(
                        "inspect",
                        container,
                        List.of("--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"))
                .strip();
    }

    void pause(String container) {
        docker("pause", container, List.of());
    }

    /** Like {@code kill -9}, also while it is paused. */
    void kill(String container) {
        docker("kill", container, List.of());
    }

    /** Starts a container again and waits until it is healthy. */
    void start(String container) {
        docker("start", container, List.of());
        Awaitility.await(container + " is healthy")
                .atMost(STEP_MAX)
                .pollInterval(LOOK)
                .until(() -> docker("inspect", container, List.of("--format", "{{.State.Health.Status}}"))
                        .strip()
                        .equals("healthy"));
    }

    /** Runs a command of the image of the command line. */
    EndedProgram cli(String... arguments) {
        return run(Stream.of(compose, List.of("run", "--rm", "--no-TTY", "cli"), List.of(arguments))
                .flatMap(List::stream)
                .toList());
    }

    /** Removes it, with its volumes. */
    @Override
    public void close() {
        write("containers.log", compose("logs", "--no-color", "--timestamps"));
        rememberVolumes();
        down();
    }

    private void down() {
        // A worker that is still starting takes no signal.
        compose("down", "--volumes", "--remove-orphans", "--timeout", "60");
    }

    /** Ids of its containers, networks and volumes that exist. */
    List<String> left() {
        List<String> left = new ArrayList<>(containers());
        left.addAll(ids("network", "ls"));
        left.addAll(ids("volume", "ls"));
        docker("volume", "ls", List.of("--quiet"))
                .lines()
                .filter(volumes::contains)
                .forEach(left::add);
        return left;
    }

    private void bringUp(String... more) {
        compose(Stream.concat(Stream.of("up", "--detach", "--wait", "--no-build", "--pull", "never"), Stream.of(more))
                .toArray(String[]::new));
        rememberVolumes();
    }

    private void rememberVolumes() {
        volumes.addAll(volumesOf(containers()));
    }

    private List<String> containers(String... filters) {
        List<String> options = new ArrayList<>(List.of("--all", "--format", "{{.Names}}"));
        options.addAll(List.of("--filter", "label=com.docker.compose.project=" + name));
        options.addAll(List.of(filters));
        return docker("container", "ls", options).lines().sorted().toList();
    }

    private List<String> ids(String... command) {
        return docker(
                        command[0],
                        command[1],
                        List.of("--quiet", "--filter", "label=com.docker.compose.project=" + name))
                .lines()
                .toList();
    }

    private static Set<String> volumesOf(List<String> containers) {
        List<String> options = new ArrayList<>(List.of("--format", "{{range .Mounts}}{{println .Name}}{{end}}"));
        options.addAll(containers);
        return containers.isEmpty()
                ? new TreeSet<>()
                : docker("container", "inspect", options)
                        .lines()
                        .filter(volume -> !volume.isBlank())
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    private String compose(String... arguments) {
        return done(Stream.concat(compose.stream(), Stream.of(arguments)).toList());
    }

    private static String docker(String command, String subcommand, Iterable<String> more) {
        List<String> all = new ArrayList<>(List.of("docker", command, subcommand));
        more.forEach(all::add);
        return done(all);
    }

    private static String done(List<String> command) {
        EndedProgram ended = run(command);
        assertThat(ended.code()).as("%s: %s", command, ended.printed()).isZero();
        return ended.printed();
    }

    private static EndedProgram run(List<String> command) {
        try {
            return EndedProgram.run(STEP_MAX, command);
        } catch (IOException e) {
            return new EndedProgram(127, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private Path write(String file, String... lines) {
        try {
            Files.createDirectories(folder);
            return Files.write(folder.resolve(file), List.of(lines));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
