package dev.renderfleet.sandbox;

import dev.renderfleet.sandbox.process.Ports;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What the command line says. Ports of 0 mean any free one. */
@Command(
        name = "java -jar renderfleet-sandbox-runnable.jar",
        description = {
            "Kafka, PostgreSQL, S3 and simulated model providers in one process, on 127.0.0.1.",
            "Prints one line of JSON when everything is up. Stop it with SIGTERM or Ctrl-C."
        },
        sortOptions = false)
final class SandboxOptions {
    static final String KAFKA = "kafka";
    static final String POSTGRES = "postgres";
    static final String S3 = "s3";

    static final String SIMULATORS = "simulators";

    /** The parts that can be left out. */
    private static final List<String> PARTS = List.of(KAFKA, POSTGRES, S3, SIMULATORS);

    private static final int PORT_MAX = 65_535;
    private static final int PARTITIONS_MAX = 1_000;

    @Option(names = "--kafka-port", paramLabel = "N", description = "Kafka's port; 0 = any free one (default)")
    int kafkaPort;

    @Option(names = "--postgres-port", paramLabel = "N", description = "PostgreSQL's port")
    int postgresPort;

    @Option(names = "--s3-port", paramLabel = "N", description = "port of the S3 endpoint")
    int s3Port;

    @Option(names = "--simulator-port", paramLabel = "N", description = "port of the simulators and the control API")
    int simulatorPort;

    @Option(
            names = "--simulator-address",
            paramLabel = "IP",
            description =
                    "where simulators and control API listen, which ask for no login; 0.0.0.0 in a container (default 127.0.0.1)")
    InetAddress simulatorAddress = Ports.loopback(0).getAddress();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "keep all data here (default: a temporary folder, removed at the end)")
    private @Nullable Path data;

    @Option(
            names = "--time-scale",
            paramLabel = "N",
            description = "divide all simulated latencies by N (default ${DEFAULT-VALUE})")
    double timeScale = 1;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "seed of latencies and pictures (default ${DEFAULT-VALUE})")
    long seed = 1;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "partitions of each topic (default ${DEFAULT-VALUE})")
    int partitions = 6;

    @Option(names = "--acls", description = "let Kafka check ACLs; what has none is open to all")
    boolean acls;

    @Option(
            names = "--durable",
            description = "let PostgreSQL wait for the disk at each commit, as a real one does: for measurements")
    boolean durable;

    @Option(names = "--bucket", paramLabel = "NAME", description = "the bucket to create (default ${DEFAULT-VALUE})")
    String bucket = "renderfleet";

    @Option(
            names = "--without",
            paramLabel = "PARTS",
            split = ",",
            description = "leave out kafka, postgres, s3 or simulators, or several: postgres,s3")
    private Set<String> without = new HashSet<>();

    @Option(names = "--stop-with-parent", description = "stop when standard input closes")
    boolean stopWithParent;

    @Option(names = "--help", usageHelp = true, description = "print this")
    boolean help;

    /** Reads the command line. The exception's message is meant for the person at the terminal. */
    static SandboxOptions parse(List<String> arguments) {
        var options = new SandboxOptions();
        try {
            // The last one counts, so that a caller's options can follow the usual ones.
            new CommandLine(options).setOverwrittenOptionsAllowed(true).parseArgs(arguments.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new IllegalArgumentException(e.getMessage() + "; --help lists all options", e);
        }
        port("--kafka-port", options.kafkaPort);
        port("--postgres-port", options.postgresPort);
        port("--s3-port", options.s3Port);
        port("--simulator-port", options.simulatorPort);
        require(
                options.partitions > 0 && options.partitions <= PARTITIONS_MAX,
                "--partitions must be from 1 to " + PARTITIONS_MAX);
        require(options.timeScale > 0 && Double.isFinite(options.timeScale), "--time-scale must be a number above 0");
        require(
                PARTS.containsAll(options.without),
                "--without knows %s, not all of %s".formatted(PARTS, options.without));
        return options;
    }

    String usage() {
        return new CommandLine(this).getUsageMessage();
    }

    Optional<Path> data() {
        return Optional.ofNullable(data);
    }

    boolean with(String part) {
        return !without.contains(part);
    }

    private static void port(String option, int port) {
        require(port >= 0 && port <= PORT_MAX, "%s must be from 0 to %d".formatted(option, PORT_MAX));
    }

    private static void require(boolean condition, String rule) {
        if (!condition) {
            throw new IllegalArgumentException(rule);
        }
    }
}
