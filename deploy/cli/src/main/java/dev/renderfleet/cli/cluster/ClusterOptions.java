package dev.renderfleet.cli.cluster;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name a cluster, of all commands. */
public final class ClusterOptions extends ProfileOptions {

    @Option(
            names = {"--bootstrap-servers", "--kafka"},
            paramLabel = "HOST:PORT",
            description = "Kafka (KAFKA_BOOTSTRAP_SERVERS)")
    private @Nullable String bootstrapServers;

    public ClusterOptions() {}

    ClusterOptions(Map<String, String> environment, Path home) {
        super(environment, home);
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
}
