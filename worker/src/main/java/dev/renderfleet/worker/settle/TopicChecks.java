package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.wire.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks Kafka what a worker checks of the cluster before it takes jobs. All methods throw {@link KafkaException} when Kafka does not
 * answer. Safe for use by many threads.
 */
public final class TopicChecks {

    private static final int REPLICAS_MIN = 3;
    private static final int IN_SYNC_REPLICAS_MIN = 2;
    /** Jobs, outcomes, and the two topics of Kafka's own in which a transaction lives. */
    private static final List<String> CARRY_THE_PROMISE =
            List.of(Topics.JOBS, Topics.EVENTS, Topics.JOBS_DLQ, "__consumer_offsets", "__transaction_state");

    private static final Map<String, Set<AclOperation>> NEEDED = Map.of(
            Topics.JOBS, Set.of(AclOperation.READ),
            Topics.EVENTS, Set.of(AclOperation.WRITE),
            Topics.JOBS_DLQ, Set.of(AclOperation.WRITE),
            Topics.SIGNALS, Set.of(AclOperation.READ, AclOperation.WRITE));
    private static final String UNCOMPRESSED = "uncompressed";

    /** Each answer; the checks are repeated. */
    private static final int ANSWER_MILLIS_MAX = 4_000;

    private final Admin admin;
    private final String servers;

    /** @param servers addresses of brokers, as {@code host:port,…}, for messages */
    public TopicChecks(Admin admin, String servers) {
        this.admin = admin;
        this.servers = servers;
    }

    /** The id of the Kafka cluster. */
    public String clusterId() {
        return answer(admin.describeCluster(new DescribeClusterOptions().timeoutMs(ANSWER_MILLIS_MAX))
                .clusterId());
    }

    /**
     * What keeps this worker from consuming jobs and settling them: topics that do not exist or that it may not see, read or write. Needs no
     * right beside these; a broker without ACLs allows all. Each with its remedy.
     */
    public List<String> faults() {
        var options =
                new DescribeTopicsOptions().includeAuthorizedOperations(true).timeoutMs(ANSWER_MILLIS_MAX);
        var topics = admin.describeTopics(NEEDED.keySet(), options).topicNameValues();
        Set<String> missing = new TreeSet<>();
        List<String> denied = new ArrayList<>();
        NEEDED.forEach((name, operations) -> {
            TopicDescription topic = visible(topics.get(name));
            if (topic == null) {
                missing.add(name);
            } else if (topic.authorizedOperations() != null) {
                operations.stream()
                        .filter(operation -> !topic.authorizedOperations().contains(operation))
                        .forEach(operation -> denied.add(operation + " of " + name));
            }
        });
        List<String> faults = new ArrayList<>();
        if (!missing.isEmpty()) {
            faults.add("Kafka has no topics " + missing + "; create them, or let this worker see them (DESCRIBE)");
        }
        if (!denied.isEmpty()) {
            faults.add("Kafka does not allow this worker " + denied + "; add ACLs as docs/operations.md lists them");
        }
        return faults;
    }

    /** What an operator should change though jobs can be consumed: few replicas, and compressed records. Each with its remedy. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        List<String> weak = weak();
        if (!weak.isEmpty()) {
            warnings.add("the loss of one broker may lose records: use 3 replicas and min.insync.replicas=2, topics="
                    + weak);
        }
        for (String name : compressed()) {
            warnings.add(
                    "a compressed record may be larger than this worker's memory; let the broker unpack and bound it:"
                            + " kafka-configs.sh --bootstrap-server %s --alter --entity-type topics --entity-name %s --add-config %s=%s"
                                    .formatted(servers, name, TopicConfig.COMPRESSION_TYPE_CONFIG, UNCOMPRESSED));
        }
        if (!signalsAreCompacted()) {
            warnings.add(
                    "a fleet without a running worker for longer than this topic's retention loses the record of its bucket;"
                            + " keep the last record of each key:"
                            + " kafka-configs.sh --bootstrap-server %s --alter --entity-type topics --entity-name %s --add-config %s=%s"
                                    .formatted(
                                            servers,
                                            Topics.SIGNALS,
                                            TopicConfig.CLEANUP_POLICY_CONFIG,
                                            TopicConfig.CLEANUP_POLICY_COMPACT));
        }
        return warnings;
    }

    private boolean signalsAreCompacted() {
        Map<String, ConfigResource> signals = resources(List.of(Topics.SIGNALS));
        Config config = visible(admin.describeConfigs(signals.values()).values().get(signals.get(Topics.SIGNALS)));
        return config == null
                || config.get(TopicConfig.CLEANUP_POLICY_CONFIG).value().equals(TopicConfig.CLEANUP_POLICY_COMPACT);
    }

    /** Topics that workers read and that keep records compressed. */
    private List<String> compressed() {
        Map<String, ConfigResource> resources = resources(List.of(Topics.JOBS, Topics.SIGNALS));
        var configs = admin.describeConfigs(resources.values()).values();
        List<String> compressed = new ArrayList<>();
        resources.forEach((name, resource) -> {
            Config config = visible(configs.get(resource));
            if (config != null
                    && !UNCOMPRESSED.equals(
                            config.get(TopicConfig.COMPRESSION_TYPE_CONFIG).value())) {
                compressed.add(name);
            }
        });
        return compressed;
    }

    private static Map<String, ConfigResource> resources(List<String> topics) {
        return topics.stream()
                .collect(Collectors.toMap(name -> name, name -> new ConfigResource(ConfigResource.Type.TOPIC, name)));
    }

    /**
     * Topics with fewer than 3 replicas or {@code min.insync.replicas} below 2, each with both numbers. Leaves out topics that do not exist yet
     * or that this worker may not describe.
     */
    private List<String> weak() {
        Map<String, ConfigResource> resources = resources(CARRY_THE_PROMISE);
        var topics = admin.describeTopics(CARRY_THE_PROMISE).topicNameValues();
        var configs = admin.describeConfigs(resources.values()).values();
        List<String> weak = new ArrayList<>();
        for (String name : CARRY_THE_PROMISE) {
            TopicDescription topic = visible(topics.get(name));
            Config config = visible(configs.get(resources.get(name)));
            if (topic != null && config != null) {
                int replicas = topic.partitions().stream()
                        .mapToInt(partition -> partition.replicas().size())
                        .min()
                        .orElse(0);
                int inSync = Integer.parseInt(
                        config.get(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG).value());
                if (replicas < REPLICAS_MIN || inSync < IN_SYNC_REPLICAS_MIN) {
                    weak.add("%s (replicas=%d, min.insync.replicas=%d)".formatted(name, replicas, inSync));
                }
            }
        }
        return weak;
    }

    private <T> @Nullable T visible(@Nullable KafkaFuture<T> asked) {
        try {
            return asked == null ? null : answer(asked);
        } catch (KafkaException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException
                    || e.getCause() instanceof AuthorizationException) {
                return null;
            }
            throw e;
        }
    }

    private <T> T answer(KafkaFuture<T> asked) {
        try {
            return asked.get();
        } catch (ExecutionException e) {
            String reason = e.getCause() instanceof TimeoutException
                    ? "Kafka does not answer: " + BrokerProbe.diagnose(servers)
                    : "Kafka refuses: " + e.getCause();
            throw new KafkaException(reason, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while asking Kafka", e);
        }
    }
}
