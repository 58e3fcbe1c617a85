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
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
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

    /** Topics that workers read or write and that do not exist, or that this worker may not see. */
    public Set<String> missing() {
        Set<String> missing = new TreeSet<>(Set.of(Topics.JOBS, Topics.EVENTS, Topics.JOBS_DLQ, Topics.SIGNALS));
        missing.removeAll(answer(admin.listTopics(new ListTopicsOptions().timeoutMs(ANSWER_MILLIS_MAX))
                .names()));
        return missing;
    }

    /**
     * Topics with fewer than 3 replicas or {@code min.insync.replicas} below 2, each with both numbers: the loss of one broker may take
     * committed records along. Leaves out topics that do not exist yet or that this worker may not describe.
     */
    public List<String> weak() {
        Map<String, ConfigResource> resources = CARRY_THE_PROMISE.stream()
                .collect(Collectors.toMap(name -> name, name -> new ConfigResource(ConfigResource.Type.TOPIC, name)));
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
