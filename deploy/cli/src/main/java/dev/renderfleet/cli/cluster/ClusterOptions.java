package dev.renderfleet.cli.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name a cluster, of all commands. */
public final class ClusterOptions {

    private static final String PROFILE = "RENDERFLEET_PROFILE";

    private final Map<String, String> environment;
    private final Path home;

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description = "File of NAME=value lines that say where Kafka and the bucket are (" + PROFILE
                    + "). Default: ~/.config/renderfleet/profile.properties, if it exists")
    private @Nullable Path profile;

    @Option(
            names = {"--bootstrap-servers", "--kafka"},
            paramLabel = "HOST:PORT",
            description = "Kafka (KAFKA_BOOTSTRAP_SERVERS)")
    private @Nullable String bootstrapServers;

    public ClusterOptions() {
        this(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    ClusterOptions(Map<String, String> environment, Path home) {
        this.environment = environment;
        this.home = home;
    }

    /** The Kafka cluster, which has answered. Fails with a {@link UserError} if none is named or it does not answer. */
    public KafkaCluster kafka() {
        Map<String, String> kafka = kafkaSettings();
        if (!kafka.containsKey(KafkaCluster.BOOTSTRAP_SERVERS)) {
            throw new UserError("No Kafka is named: set --bootstrap-servers, KAFKA_BOOTSTRAP_SERVERS or a --profile."
                    + " To try it without one, start a fleet on this machine: ./fleet demo --keep");
        }
        var cluster = new KafkaCluster(kafka);
        cluster.requireAnswer();
        return cluster;
    }

    /** Whether an address of Kafka is given. */
    public boolean namesKafka() {
        return kafkaSettings().containsKey(KafkaCluster.BOOTSTRAP_SERVERS);
    }

    private Map<String, String> kafkaSettings() {
        Map<String, String> kafka = new HashMap<>(settings().kafka());
        if (bootstrapServers != null) {
            kafka.put(KafkaCluster.BOOTSTRAP_SERVERS, bootstrapServers);
        }
        return kafka;
    }

    /** The settings that no option names. */
    Settings settings() {
        return Settings.read(profileFile(), environment);
    }

    private @Nullable Path profileFile() {
        if (profile != null) {
            return profile;
        }
        String named = environment.get(PROFILE);
        if (named != null && !named.isBlank()) {
            return Path.of(named);
        }
        Path usual = home.resolve(".config/renderfleet/profile.properties");
        return Files.exists(usual) ? usual : null;
    }
}
