package dev.renderfleet.testbed.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * The folders of the {@code ./fleet} command.
 *
 * @param repository the checkout's root, with the built jars
 * @param state state file, logs and spools of one fleet
 */
public record Paths(Path repository, Path state) {

    /** System property for another state folder. */
    public static final String STATE_PROPERTY = "fleet.state";

    /** The current folder as repository; the {@code ./fleet} script changes to it. */
    public static Paths here() {
        return new Paths(Path.of(""), Path.of(System.getProperty(STATE_PROPERTY, ".fleet")));
    }

    /** Creates the folder, or empties it. */
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

    /** The model catalogue of the fleet's workers. */
    public Path models() {
        return state.resolve("models.yaml");
    }

    /** The workflows of the simulated ComfyUI server. */
    public Path workflows() {
        return repository.resolve("docs/samples/comfyui").toAbsolutePath();
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
