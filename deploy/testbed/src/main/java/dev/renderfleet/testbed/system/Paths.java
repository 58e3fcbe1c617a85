package dev.renderfleet.testbed.system;

import java.nio.file.Path;

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

    Path workerJar() {
        return repository.resolve("worker/target/quarkus-app/quarkus-run.jar");
    }

    /** What the JVM has learnt of the worker in one start, for the next ones; goes with the build. */
    public Path workerAotCache() {
        return repository.resolve("worker/target/worker.aot");
    }

    /** Whether the cache was made from the worker that lies there. */
    public boolean workerAotCacheIsFresh() {
        return workerAotCache().toFile().lastModified() > workerJar().toFile().lastModified();
    }

    Path schedulerJar() {
        return repository.resolve("scheduler/target/quarkus-app/quarkus-run.jar");
    }
}
