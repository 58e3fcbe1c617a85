package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxProcess;
import dev.renderfleet.worker.settle.Decisions.Decision;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * On what brokers (Kafka 4.4.0) really left behind: their coordinators' logs say CompleteAbort or CompleteCommit, and partitions have no
 * marker. That {@code SettlementIT} passes shows that open ones are left alone.
 */
@Timeout(120)
class ForgottenTransactionsIT {

    private static final TopicPartition HELD = new TopicPartition(Topics.JOBS, 3);
    private static final TopicPartition FREE = new TopicPartition(Topics.JOBS, 1);

    @TempDir
    Path data = Path.of("set by JUnit");

    @Test
    void theOffsetsThatItHoldsAreReadAgain() throws Exception {
        unzip("forgotten-transaction.zip");
        try (var sandbox = SandboxProcess.start("--without", "postgres,s3,gemini", "--data", data.toString());
                Admin admin = Admin.create(kafka(sandbox))) {
            assertThat(readable(admin)).containsOnlyKeys(FREE);

            Commits decided = new CommittedOffsets(
                            admin, KafkaClients.GROUP, forgotten(sandbox, admin), ForgottenTransactionsIT::pause)
                    .stable(List.of(HELD, FREE));

            assertThat(decided.undecided()).isEmpty();
            assertThat(decided.commits()).containsEntry(HELD, new OffsetAndMetadata(327, "rf1.AdEZb6c"));
            assertThat(readable(admin)).containsOnlyKeys(FREE, HELD);
        }
    }

    /** The same broker's fault where the transaction had written an outcome and no offset yet: nobody could read the events behind it. */
    @Test
    void theEventsThatItHidesAreReadAgain() throws Exception {
        unzip("forgotten-events.zip");
        var hidden = new TopicPartition(Topics.EVENTS, 3);
        try (var sandbox = SandboxProcess.start("--without", "postgres,s3,gemini", "--data", data.toString());
                Admin admin = Admin.create(kafka(sandbox))) {
            long end = end(admin, hidden, IsolationLevel.READ_UNCOMMITTED);
            assertThat(end(admin, hidden, IsolationLevel.READ_COMMITTED))
                    .isEqualTo(1_152)
                    .isLessThan(end);

            forgotten(sandbox, admin).end();

            // What ends it has a place of its own in the log.
            assertThat(end(admin, hidden, IsolationLevel.READ_COMMITTED)).isEqualTo(end + 1);
        }
    }

    /**
     * A broker was stopped in order while four producers committed: one commit was answered, and none of its four partitions heard of it. This
     * is one of them, up to some seconds later.
     */
    @Test
    void whatWasCommittedIsReadInTheEnd() throws Exception {
        unzip("forgotten-commit.zip");
        var hidden = new TopicPartition(Topics.EVENTS, 3);
        try (var sandbox = SandboxProcess.start("--without", "postgres,s3,gemini", "--data", data.toString());
                Admin admin = Admin.create(kafka(sandbox))) {
            assertThat(end(admin, hidden, IsolationLevel.READ_COMMITTED)).isEqualTo(16);
            String transactionalId = whoseIsOpen(admin, hidden, 16);

            forgotten(sandbox, admin).end();

            assertThat(end(admin, hidden, IsolationLevel.READ_COMMITTED))
                    .isEqualTo(end(admin, hidden, IsolationLevel.READ_UNCOMMITTED));
            assertThat(readable(sandbox, hidden)).contains(16L, 21L);
            Awaitility.await().until(() -> forgotten(sandbox, admin).isOver(transactionalId));
        }
    }

    /** What was forgotten may be looked at by many workers at once, and its producer may have gone on. */
    @Test
    void aCommitsMarkerDoesNotEndWhatItsProducerHasBegunSince() throws Exception {
        var partition = new TopicPartition(Topics.EVENTS, 0);
        try (var sandbox = SandboxProcess.start("--without", "postgres,s3,gemini");
                Admin admin = Admin.create(kafka(sandbox));
                var producer = producer(sandbox, "renderfleet/of-this-test")) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(Topics.EVENTS, 0, "key", "value"))
                    .get();
            ProducerState before =
                    Objects.requireNonNull(openIn(admin, List.of(partition)).get(partition));
            producer.commitTransaction();
            producer.beginTransaction();
            long next = producer.send(new ProducerRecord<>(Topics.EVENTS, 0, "key", "value"))
                    .get()
                    .offset();

            assertThatThrownBy(() -> new CommitMarkers(kafka(sandbox), admin).write(partition, before))
                    .isInstanceOf(InvalidProducerEpochException.class);

            assertThat(end(admin, partition, IsolationLevel.READ_COMMITTED)).isEqualTo(next);
        }
    }

    /** The worker's next transaction, of its other producer, may have moved the same partition on before the forgotten one is ended. */
    @Test
    void offsetsThatAreCommittedLateTakeNothingBack() throws Exception {
        try (var sandbox = SandboxProcess.start("--without", "postgres,s3,gemini");
                Admin admin = Admin.create(kafka(sandbox));
                var first = producer(sandbox, "renderfleet/of-this-test");
                var second = producer(sandbox, "renderfleet/of-this-test/2")) {
            begin(first, Map.of(HELD, new OffsetAndMetadata(5, ""), FREE, new OffsetAndMetadata(3, "")));
            begin(second, Map.of(HELD, new OffsetAndMetadata(7, "")));
            second.commitTransaction();
            var open = Awaitility.await("only the first is open")
                    .until(() -> openIn(admin, offsetsPartitions(admin)), states -> states.size() == 1);

            for (var each : open.entrySet()) {
                new CommitMarkers(kafka(sandbox), admin).write(each.getKey(), each.getValue());
            }

            assertThat(readable(admin))
                    .containsEntry(HELD, new OffsetAndMetadata(7, ""))
                    .containsEntry(FREE, new OffsetAndMetadata(3, ""));
        }
    }

    private static void begin(KafkaProducer<String, String> producer, Map<TopicPartition, OffsetAndMetadata> offsets) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.sendOffsetsToTransaction(offsets, new ConsumerGroupMetadata(KafkaClients.GROUP));
    }

    private static List<TopicPartition> offsetsPartitions(Admin admin) throws Exception {
        String topic = "__consumer_offsets";
        var described = admin.describeTopics(List.of(topic)).allTopicNames().get();
        int partitions = described.values().iterator().next().partitions().size();
        return IntStream.range(0, partitions)
                .mapToObj(number -> new TopicPartition(topic, number))
                .toList();
    }

    private static Map<TopicPartition, ProducerState> openIn(Admin admin, List<TopicPartition> partitions)
            throws Exception {
        Map<TopicPartition, ProducerState> open = new HashMap<>();
        for (TopicPartition partition : partitions) {
            for (ProducerState state : producers(admin, partition)) {
                if (state.currentTransactionStartOffset().isPresent()) {
                    assertThat(open.put(partition, state)).isNull();
                }
            }
        }
        return open;
    }

    private static List<ProducerState> producers(Admin admin, TopicPartition of) throws Exception {
        return admin.describeProducers(List.of(of)).partitionResult(of).get().activeProducers();
    }

    /** To abort what was committed would lose it, and so would the next transaction over it if that is aborted. */
    @Test
    void whatNobodyKnowsTheDecisionOfIsNotTouched() throws Exception {
        unzip("forgotten-events.zip");
        var hidden = new TopicPartition(Topics.EVENTS, 3);
        try (var sandbox = SandboxProcess.start("--without", "postgres,s3,gemini", "--data", data.toString());
                Admin admin = Admin.create(kafka(sandbox))) {
            String transactionalId = whoseIsOpen(admin, hidden);
            var unknown = forgotten(sandbox, admin, (_, _, _, _) -> Decision.UNKNOWN);
            var unreadable = forgotten(sandbox, admin, (_, _, _, _) -> {
                throw new KafkaException("not allowed to read __transaction_state");
            });
            var silent = forgotten(sandbox, admin, (_, _, _, _) -> {
                throw new TimeoutException("no broker for __transaction_state just now");
            });

            unknown.end();
            unreadable.end();
            silent.end();

            assertThatThrownBy(() -> unknown.isOver(transactionalId)).isInstanceOf(KafkaException.class);
            assertThatThrownBy(() -> unreadable.isOver(transactionalId)).isInstanceOf(KafkaException.class);
            assertThat(silent.isOver(transactionalId)).as("asked again").isFalse();
            assertThat(end(admin, hidden, IsolationLevel.READ_COMMITTED)).isEqualTo(1_152);
        }
    }

    /** Without a look before, the worker's next commit shows the outcome at offset 1,152 that was aborted, and is told again elsewhere. */
    @Test
    void theNextTransactionOfItsProducerDoesNotTakeItUp() throws Exception {
        unzip("forgotten-events.zip");
        var hidden = new TopicPartition(Topics.EVENTS, 3);
        try (var sandbox = SandboxProcess.start("--without", "postgres,s3,gemini", "--data", data.toString());
                Admin admin = Admin.create(kafka(sandbox))) {
            String transactionalId = whoseIsOpen(admin, hidden);

            Awaitility.await().until(() -> forgotten(sandbox, admin).isOver(transactionalId));

            long next = committed(sandbox, transactionalId, hidden);
            assertThat(readable(sandbox, hidden))
                    .startsWith(1_153L)
                    .endsWith(next)
                    .doesNotContain(1_152L);
        }
    }

    @Test
    void aTransactionThatRunsIsNotOver() throws Exception {
        try (var sandbox = SandboxProcess.start("--without", "postgres,s3,gemini");
                Admin admin = Admin.create(kafka(sandbox));
                var producer = producer(sandbox, "renderfleet/of-this-test")) {
            ForgottenTransactions forgotten = forgotten(sandbox, admin);
            assertThat(forgotten.isOver("renderfleet/of-this-test"))
                    .as("never begun")
                    .isTrue();
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(Topics.EVENTS, 0, "key", "value"))
                    .get();

            assertThat(forgotten.isOver("renderfleet/of-this-test")).isFalse();
            forgotten.end();

            producer.commitTransaction();
            Awaitility.await().until(() -> forgotten.isOver("renderfleet/of-this-test"));
            assertThat(readable(sandbox, new TopicPartition(Topics.EVENTS, 0))).containsExactly(0L);
        }
    }

    private static String whoseIsOpen(Admin admin, TopicPartition partition) throws Exception {
        return whoseIsOpen(admin, partition, 1_152);
    }

    private static String whoseIsOpen(Admin admin, TopicPartition partition, long since) throws Exception {
        long producer = producers(admin, partition).stream()
                .filter(state -> state.currentTransactionStartOffset().orElse(-1) == since)
                .findFirst()
                .orElseThrow()
                .producerId();
        var ofProducer = new ListTransactionsOptions().filterProducerIds(List.of(producer));
        return Awaitility.await("the coordinator has read its log")
                .until(() -> admin.listTransactions(ofProducer).all().get(), listed -> !listed.isEmpty())
                .iterator()
                .next()
                .transactionalId();
    }

    /** Commits one more event; returns its offset. */
    private static long committed(SandboxProcess sandbox, String transactionalId, TopicPartition to) throws Exception {
        try (var producer = producer(sandbox, transactionalId)) {
            producer.initTransactions();
            producer.beginTransaction();
            var sent = producer.send(new ProducerRecord<>(to.topic(), to.partition(), "key", "value"));
            producer.commitTransaction();
            return sent.get().offset();
        }
    }

    private static KafkaProducer<String, String> producer(SandboxProcess sandbox, String transactionalId) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", sandbox.endpoints().bootstrapServers(), "transactional.id", transactionalId);
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    /** The offsets, from 1,152 on where there are so many, that a {@code read_committed} reader gets. */
    private static List<Long> readable(SandboxProcess sandbox, TopicPartition partition) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", sandbox.endpoints().bootstrapServers(), "isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            long end = Objects.requireNonNull(
                    consumer.endOffsets(List.of(partition)).get(partition));
            consumer.seek(partition, end > 1_152 ? 1_152 : 0);
            List<Long> offsets = new ArrayList<>();
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> offsets.add(record.offset()));
            }
            return offsets;
        }
    }

    private static ForgottenTransactions forgotten(SandboxProcess sandbox, Admin admin) {
        return forgotten(sandbox, admin, new TransactionLog(kafka(sandbox)));
    }

    private static ForgottenTransactions forgotten(SandboxProcess sandbox, Admin admin, Decisions decisions) {
        return new ForgottenTransactions(
                admin, KafkaClients.GROUP, decisions, new CommitMarkers(kafka(sandbox), admin));
    }

    private static Map<String, Object> kafka(SandboxProcess sandbox) {
        return Map.of("bootstrap.servers", sandbox.endpoints().bootstrapServers());
    }

    private static long end(Admin admin, TopicPartition partition, IsolationLevel isolation) throws Exception {
        return admin.listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(isolation))
                .partitionResult(partition)
                .get()
                .offset();
    }

    private static Map<TopicPartition, OffsetAndMetadata> readable(Admin admin) throws Exception {
        return admin.listConsumerGroupOffsets(
                        Map.of(
                                KafkaClients.GROUP,
                                new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(HELD, FREE))),
                        new ListConsumerGroupOffsetsOptions().requireStable(true))
                .partitionsToOffsetAndMetadata(KafkaClients.GROUP)
                .get();
    }

    private static boolean pause(Duration time) {
        LockSupport.parkNanos(time.toNanos());
        return true;
    }

    private void unzip(String resource) throws IOException {
        try (var zip = new ZipInputStream(Objects.requireNonNull(
                getClass().getResourceAsStream(resource), "the resource is part of the tests"))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = data.resolve(entry.getName());
                Files.createDirectories(Objects.requireNonNull(file.getParent()));
                Files.copy(zip, file);
            }
        }
    }
}
