package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.DeadLetters;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On a real broker: a topic that does not take one outcome blocks no other outcome. */
@Timeout(180)
class UnwritableOutcomeIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int JOBS = 60;
    private static final ConfigResource DEAD_LETTERS = new ConfigResource(ConfigResource.Type.TOPIC, Topics.JOBS_DLQ);

    private static TestBroker broker;
    private static Admin admin;

    @TempDir
    Path spool = Path.of("set by JUnit");

    private final String run = UUID.randomUUID().toString();
    private final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", InstantSource.system());
    private Producer<byte[], byte[]> producer;
    private CommittedEvents outcomes;
    private TestWorker worker;

    @BeforeAll
    static void start() {
        broker = TestBroker.withAcls(2);
        admin = broker.admin();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void startWorker() {
        producer = broker.producer(Map.of());
        outcomes = new CommittedEvents(broker.servers());
        Map<String, Object> settings = Map.of("bootstrap.servers", broker.servers());
        var model = new TestWorker.SlowModel(new Random(1));
        worker = new TestWorker("worker", settings, TestWorker.WINDOW, store, spool, model);
    }

    @AfterEach
    void close() {
        worker.close();
        producer.close();
        outcomes.close();
    }

    @Test
    void aDeadLetterThatItsTopicCannotTakeIsSetAsideUntilItCan() throws Exception {
        String broken = "not a job " + "x".repeat(500);
        set(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "100");
        publish(broken);
        publishJobs();
        worker.start();

        awaitJobs();

        awaitSetAside("RecordTooLargeException");
        assertThat(worker.settler.fault()).isEmpty();
        assertThat(outcomes.counts()).doesNotContainKey(broken);
        delete(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
        awaitRepaired(broken);
    }

    @Test
    void aDeadLetterThatIsTooLargeIsShortenedToWhatItsTopicTakes() throws Exception {
        set(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "3000");
        try (var letters = letters()) {
            publish("not a job " + "x".repeat(100_000));
            publishJobs();
            worker.start();

            awaitJobs();

            Awaitility.await()
                    .atMost(SOON)
                    .pollInSameThread()
                    .untilAsserted(() -> assertThat(letters.poll(Duration.ofMillis(100)))
                            .singleElement()
                            .satisfies(letter -> {
                                assertThat(letter.value().length).isBetween(500, 3_000);
                                assertThat(letter.headers()
                                                .lastHeader(DeadLetters.ORIGINAL_BYTES)
                                                .value())
                                        .isEqualTo(bytes("100010"));
                            }));
            assertThat(worker.settler.setAside()).isEmpty();
        } finally {
            delete(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
        }
    }

    @Test
    void aTopicThatAWorkerMayNotWriteIsFoundAtTheStartAndHoldsNoOtherBackLater() throws Exception {
        assertThat(worker.topics.faults()).isEmpty();
        var denied = new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, Topics.JOBS_DLQ, PatternType.LITERAL),
                new AccessControlEntry("User:*", "*", AclOperation.WRITE, AclPermissionType.DENY));
        var readable = new AclBinding(
                denied.pattern(), new AccessControlEntry("User:*", "*", AclOperation.READ, AclPermissionType.ALLOW));
        admin.createAcls(List.of(denied, readable)).all().get();
        String broken = "not a job, " + run;
        try {
            Awaitility.await()
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(worker.topics.faults())
                            .singleElement()
                            .asString()
                            .contains("WRITE of " + Topics.JOBS_DLQ));
            publish(broken);
            publishJobs();
            worker.start();

            awaitJobs();

            awaitSetAside("TopicAuthorizationException");
        } finally {
            admin.deleteAcls(List.of(denied.toFilter(), readable.toFilter()))
                    .all()
                    .get();
        }
        awaitRepaired(broken);
    }

    private void awaitJobs() {
        Awaitility.await()
                .atMost(SOON)
                .pollInSameThread()
                .until(() -> outcomes.counts().keySet().stream()
                                .filter(key -> key.matches("[0-9a-f]{40}"))
                                .count()
                        == JOBS);
    }

    private void awaitSetAside(String cause) {
        Awaitility.await()
                .atMost(SOON)
                .untilAsserted(() -> assertThat(worker.settler.setAside())
                        .singleElement()
                        .satisfies(aside -> assertThat(aside.cause()).contains(cause)));
    }

    /** Nothing is lost, and nothing is published twice. */
    private void awaitRepaired(String letter) throws Exception {
        var ahead = new AtomicInteger();
        // A try may come before the broker has applied the change, so there are several.
        Awaitility.await()
                .atMost(SOON)
                .pollInterval(Duration.ofSeconds(1))
                .pollInSameThread()
                .ignoreExceptionsInstanceOf(TopicAuthorizationException.class)
                .until(() -> {
                    worker.ahead(Duration.ofSeconds(31L * ahead.incrementAndGet()));
                    return outcomes.counts().containsKey(letter);
                });
        assertThat(outcomes.counts().values()).containsOnly(1);
        Awaitility.await()
                .atMost(SOON)
                .ignoreExceptionsInstanceOf(TopicAuthorizationException.class)
                .untilAsserted(() -> assertThat(lag()).isZero());
        assertThat(worker.settler.setAside()).isEmpty();
        assertThat(worker.gaveUp()).isFalse();
    }

    private static long lag() throws ExecutionException, InterruptedException {
        var committed = admin.listConsumerGroupOffsets(ConsumerGroups.WORKERS)
                .partitionsToOffsetAndMetadata()
                .get();
        try (var consumer = letters()) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topics.JOBS).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            return consumer.endOffsets(partitions).entrySet().stream()
                    .filter(end -> end.getValue() > 0)
                    .mapToLong(end -> end.getValue()
                            - (committed.get(end.getKey()) == null
                                    ? 0
                                    : committed.get(end.getKey()).offset()))
                    .sum();
        }
    }

    private void publish(String value) throws Exception {
        producer.send(new ProducerRecord<>(Topics.JOBS, 0, null, bytes(value))).get();
    }

    private void publishJobs() {
        for (int i = 0; i < JOBS; i++) {
            String job = "{'tenant':'acme','idempotencyKey':'%s','prompt':'A red vase','model':'nano-banana'}"
                    .formatted(run + i)
                    .replace('\'', '"');
            var _ = producer.send(new ProducerRecord<>(
                    Topics.JOBS, bytes(JobId.of("acme", run + i).value()), bytes(job)));
        }
        producer.flush();
    }

    private static void set(String name, String value) throws Exception {
        alter(new AlterConfigOp(new ConfigEntry(name, value), OpType.SET));
    }

    private static void delete(String name) throws Exception {
        alter(new AlterConfigOp(new ConfigEntry(name, ""), OpType.DELETE));
    }

    private static void alter(AlterConfigOp change) throws Exception {
        admin.incrementalAlterConfigs(Map.of(DEAD_LETTERS, List.of(change)))
                .all()
                .get();
    }

    /** From the end on. */
    private static KafkaConsumer<byte[], byte[]> letters() {
        var consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", (Object) broker.servers(), "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(Topics.JOBS_DLQ).stream()
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        return consumer;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
