package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.wire.Topics;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsResult;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a worker waits for, and what an operator is warned of, before the first job. */
class TopicChecksTest {

    private final Map<String, Topic> topics = new HashMap<>();
    private final Set<String> readOnly = new HashSet<>();
    private final TopicChecks checks = new TopicChecks(admin(), "kafka:9092");

    private record Topic(int replicas, int inSync, String compression, String cleanup) {}

    @BeforeEach
    void aSoundCluster() {
        for (String name : List.of(
                Topics.JOBS,
                Topics.EVENTS,
                Topics.JOBS_DLQ,
                Topics.SIGNALS,
                "__consumer_offsets",
                "__transaction_state")) {
            topics.put(name, new Topic(3, 2, "uncompressed", name.equals(Topics.SIGNALS) ? "compact" : "delete"));
        }
    }

    @Test
    void aSoundClusterYieldsNoWarning() {
        assertThat(checks.warnings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"render.events", "render.jobs.dlq", "render.signals"})
    void aTopicThatIsMissingOrMayNotBeWrittenIsAFault(String name) {
        assertThat(checks.faults()).isEmpty();

        readOnly.add(name);
        assertThat(checks.faults())
                .containsExactly("Kafka does not allow this worker [WRITE of " + name
                        + "]; add ACLs as docs/operations.md lists them");

        topics.remove(name);
        assertThat(checks.faults()).singleElement().asString().startsWith("Kafka has no topics [" + name + "]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"render.jobs", "render.events", "render.jobs.dlq", "__consumer_offsets", "__transaction_state"})
    void eachTopicThatCarriesThePromiseNeedsThreeReplicasAndTwoInSync(String name) {
        topics.computeIfPresent(name, (_, sound) -> new Topic(2, 2, sound.compression(), sound.cleanup()));
        assertThat(checks.warnings()).containsExactly(weak(name + " (replicas=2, min.insync.replicas=2)"));

        topics.computeIfPresent(name, (_, sound) -> new Topic(3, 1, sound.compression(), sound.cleanup()));
        assertThat(checks.warnings()).containsExactly(weak(name + " (replicas=3, min.insync.replicas=1)"));
    }

    private static String weak(String topic) {
        return "the loss of one broker may lose records: use 3 replicas and min.insync.replicas=2, topics=[" + topic
                + "]";
    }

    /** Internal topics are created when they are first used. */
    @Test
    void topicsThatDoNotExistYetAreNotWarnedOf() {
        topics.remove("__consumer_offsets");
        topics.remove("__transaction_state");

        assertThat(checks.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"render.jobs, producer", "render.signals, gzip"})
    void aTopicThatKeepsRecordsCompressedIsWarnedOfWithTheCommand(String name, String compression) {
        topics.computeIfPresent(name, (_, sound) -> new Topic(3, 2, compression, sound.cleanup()));

        assertThat(checks.warnings())
                .singleElement()
                .asString()
                .endsWith("kafka-configs.sh --bootstrap-server kafka:9092 --alter --entity-type topics --entity-name "
                        + name + " --add-config compression.type=uncompressed");
    }

    @Test
    void signalsThatAreNotCompactedAreWarnedOfWithTheCommand() {
        topics.put(Topics.SIGNALS, new Topic(3, 2, "uncompressed", "delete"));

        assertThat(checks.warnings())
                .singleElement()
                .asString()
                .endsWith("--entity-name render.signals --add-config cleanup.policy=compact");
    }

    /** Describes {@link #topics}, and nothing else. */
    private Admin admin() {
        return (Admin) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Admin.class}, (_, method, arguments) -> {
                    Collection<?> asked = (Collection<?>) arguments[0];
                    return switch (method.getName()) {
                        case "describeTopics" -> describeTopics(asked);
                        case "describeConfigs" -> describeConfigs(asked);
                        default -> throw new AssertionError(method);
                    };
                });
    }

    private DescribeTopicsResult describeTopics(Collection<?> names) {
        Map<String, KafkaFuture<TopicDescription>> answers = new HashMap<>();
        names.forEach(name -> answers.put((String) name, answer((String) name, topic -> {
            List<Node> replicas = Collections.nCopies(topic.replicas(), Node.noNode());
            var partition = new TopicPartitionInfo(0, Node.noNode(), replicas, replicas);
            Set<AclOperation> permitted =
                    readOnly.contains(name) ? Set.of(AclOperation.READ) : Set.of(AclOperation.READ, AclOperation.WRITE);
            return new TopicDescription((String) name, false, List.of(partition), permitted);
        })));
        return new DescribeTopicsResult(null, answers) {};
    }

    private DescribeConfigsResult describeConfigs(Collection<?> resources) {
        Map<ConfigResource, KafkaFuture<Config>> answers = new HashMap<>();
        resources.forEach(resource -> answers.put(
                (ConfigResource) resource,
                answer(
                        ((ConfigResource) resource).name(),
                        topic -> new Config(List.of(
                                new ConfigEntry("min.insync.replicas", Integer.toString(topic.inSync())),
                                new ConfigEntry("compression.type", topic.compression()),
                                new ConfigEntry("cleanup.policy", topic.cleanup()))))));
        return new DescribeConfigsResult(answers) {};
    }

    private <T> KafkaFuture<T> answer(String name, Function<Topic, T> described) {
        var answer = new KafkaFutureImpl<T>();
        Topic topic = topics.get(name);
        if (topic == null) {
            answer.completeExceptionally(new UnknownTopicOrPartitionException(name));
        } else {
            answer.complete(described.apply(topic));
        }
        return answer;
    }
}
