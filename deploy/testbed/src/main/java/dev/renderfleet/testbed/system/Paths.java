package dev.renderfleet.testbed.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Where the fleet command works.
 *
 * @param repository the checkout's root, below which the built parts lie
 * @param state where it keeps what is running, logs and spools; one fleet at a time in each
 */
public record Paths(Path repository, Path state) {

    /** System property that names another folder for the state. */
    public static final String STATE_PROPERTY = "fleet.state";

    /** The current folder as repository, as the {@code ./fleet} script sees to. */
    public static Paths here() {
        return new Paths(Path.of(""), Path.of(System.getProperty(STATE_PROPERTY, ".fleet")));
    }

    /** Makes an empty folder: what an earlier run has left there would be taken for this one's. */
    public static void empty(Path folder) {
        try {
            if (Files.exists(folder)) {
                try (Stream<Path> all = Files.walk(folder)) {
                    all.sorted(Comparator.reverseOrder())
                            .forEach(path -> path.toFile().delete());
                }
            }
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path runningFile() {
        return state.resolve("running.json");
    }

    /** The running fleet's address for the command line; a file of {@code NAME=value} lines. */
    public Path profile() {
        return state.resolve("profile.properties");
    }

    Path logs() {
        return state.resolve("logs");
    }

    Path spool(String worker) {
        return state.resolve("spool").resolve(worker);
    }

    Path plantedWorkerJar() {
        return repository.resolve("deploy/testbed/planted/target/quarkus-app/quarkus-run.jar");
    }

    Path workerJar() {
        return repository.resolve("worker/target/quarkus-app/quarkus-run.jar");
    }

    Path schedulerJar() {
        return repository.resolve("scheduler/target/quarkus-app/quarkus-run.jar");
    }
}
