package dev.renderfleet.fleet.chaos;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Whose workers are broken: ours, or those of a peer to compare with under the same faults. */
enum WorkerKind {
    /** Ours. */
    RENDERFLEET(null),
    /** A plain {@code @Incoming} worker of SmallRye Reactive Messaging with default settings. */
    SMALLRYE("deploy/peers/smallrye/target/quarkus-app/quarkus-run.jar"),
    /** A worker on Confluent's Parallel Consumer. */
    PARALLEL("deploy/peers/parallel/target/parallel/parallel.jar");

    private final @Nullable String jar;

    WorkerKind(@Nullable String jar) {
        this.jar = jar;
    }

    /** The peer's jar within the repository; null for our own worker. */
    @Nullable
    Path jar() {
        return jar == null ? null : Path.of(jar);
    }
}
