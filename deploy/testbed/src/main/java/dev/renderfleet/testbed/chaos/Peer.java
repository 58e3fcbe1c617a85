package dev.renderfleet.testbed.chaos;

import java.nio.file.Path;
import java.util.Locale;

/** Workers built on another library, for comparison under the same faults. */
enum Peer {
    /** A plain {@code @Incoming} worker of SmallRye Reactive Messaging with default settings. */
    SMALLRYE("deploy/peers/smallrye/target/quarkus-app/quarkus-run.jar"),
    /** A worker on Confluent's Parallel Consumer. */
    PARALLEL("deploy/peers/parallel/target/parallel/parallel.jar");

    private final String jar;

    Peer(String jar) {
        this.jar = jar;
    }

    /** Path in the repository. */
    Path jar() {
        return Path.of(jar);
    }

    /** For reports and file names. */
    String title() {
        return name().toLowerCase(Locale.ROOT);
    }
}
