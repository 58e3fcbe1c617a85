package dev.renderfleet.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.renderfleet.sandbox.kafka.KafkaBroker;
import dev.renderfleet.sandbox.kafka.SandboxTopics;
import dev.renderfleet.sandbox.process.Ports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A broker in a process of its own is killed under its clients, and its successor has all that was committed. */
@Tag("long")
class BrokerKillIT {
    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(60);
    private static final int COMMITTED = 200;
    private static final String GROUP = "workers";
    private static final TopicPartition JOBS = new TopicPartition(SandboxTopics.JOBS, 0);
    private static final OffsetAndMetadata OFFSET = new OffsetAndMetadata(42, "gaps:44,47");

    @TempDir
    private Path data;

    private final int port = Ports.choose("", 0);
    private final List<Runnable> endings = new ArrayList<>();

    @Test
    void keepsExactlyWhatWasCommittedWhenItIsKilled() throws Exception {
        var committed = new HashSet<>(names("committed", COMMITTED));
        var seen = new HashSet<String>();
        KafkaConsumer<String, String> reader;
        try (var broker = start()) {
            reader = reader("readers");
            endings.add(() -> reader.close(CloseOptions.timeout(Duration.ZERO)));
            reader.subscribe(List.of(SandboxTopics.EVENTS));
            settle(names("committed", COMMITTED));
            settleNothing(names("aborted", 20));
            poll(reader, seen, committed);
            var dying = producer("dying");
            endings.add(() -> dying.close(Duration.ZERO));
            dying.initTransactions();
            dying.beginTransaction();
            send(dying, names("open", 20));
            dying.flush();

            broker.kill();
        }
        String controllerPort = controllerPort();

        try (var successor = start()) {
            assertThat(successor.endpoints().bootstrapServers()).isEqualTo("127.0.0.1:" + port);
            assertThat(controllerPort()).isEqualTo(controllerPort);
            takeOver("dying", committed);
            assertThat(offsets()).containsEntry(JOBS, OFFSET);
            // The reader was connected all the time, and may see some again; a fresh one sees each once.
            poll(reader, seen, committed);
            try (var fresh = reader("fresh")) {
                fresh.assign(reader.partitionsFor(SandboxTopics.EVENTS).stream()
                        .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                        .toList());
                fresh.seekToBeginning(fresh.assignment());
                poll(fresh, new ArrayList<>(), committed);
            }
        }
    }

    /** Read twice, by a broker that takes itself for the one that was killed, groups are sometimes those of long ago. */
    @Test
    void readsItsGroupsOnceWhenItComesBack() throws Exception {
        try (var broker = start()) {
            settle(names("committed", 1));
            broker.kill();
        }
        var log = (Logger) LoggerFactory.getLogger("org.apache.kafka.coordinator.common.runtime.CoordinatorRuntime");
        var said = new ListAppender<ILoggingEvent>();
        said.start();
        log.setLevel(Level.INFO);
        log.addAppender(said);
        endings.add(() -> log.detachAppender(said));

        try (var _ = KafkaBroker.start(port, Integer.parseInt(controllerPort()), data.resolve("kafka"), 1)) {
            Awaitility.await()
                    .atMost(POLL_TIMEOUT)
                    .untilAsserted(() -> assertThat(offsets()).containsEntry(JOBS, OFFSET));
            assertThat(List.copyOf(said.list))
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .filteredOn(message -> message.contains("[GroupCoordinator id=1] Scheduling loading"))
                    .map(message -> message.replaceAll(".*(__consumer_offsets-\\d+).*", "$1"))
                    .containsExactlyInAnyOrder(
                            "__consumer_offsets-0",
                            "__consumer_offsets-1",
                            "__consumer_offsets-2",
                            "__consumer_offsets-3");
        }
    }

    /** Without waiting for a broker that is gone. */
    @AfterEach
    void close() {
        endings.forEach(Runnable::run);
    }

    private SandboxProcess start() {
        return SandboxProcess.start(
                "--without",
                "postgres,s3,simulators",
                "--kafka-port",
                Integer.toString(port),
                "--data",
                data.toString());
    }

    private String controllerPort() throws Exception {
        return Files.readString(data.resolve("kafka-controller.port"));
    }

    /** Records and offsets in one transaction, as a worker settles. */
    private void settle(List<String> records) {
        try (var producer = producer("settling")) {
            producer.initTransactions();
            producer.beginTransaction();
            send(producer, records);
            producer.sendOffsetsToTransaction(Map.of(JOBS, OFFSET), group());
            producer.commitTransaction();
        }
    }

    private void settleNothing(List<String> records) {
        try (var producer = producer("aborting")) {
            producer.initTransactions();
            producer.beginTransaction();
            send(producer, records);
            producer.sendOffsetsToTransaction(Map.of(JOBS, new OffsetAndMetadata(99)), group());
            producer.flush();
            producer.abortTransaction();
        }
    }

    /** The dead producer's successor ends its open transaction, and its own record is visible. */
    private void takeOver(String transactionalId, Set<String> committed) {
        try (var producer = producer(transactionalId)) {
            producer.initTransactions();
            producer.beginTransaction();
            send(producer, List.of("after the kill"));
            producer.commitTransaction();
            committed.add("after the kill");
        }
    }

    private static void send(KafkaProducer<String, String> producer, List<String> records) {
        for (String name : records) {
            var _ = producer.send(new ProducerRecord<>(SandboxTopics.EVENTS, name, name));
        }
    }

    private ConsumerGroupMetadata group() {
        try (var consumer = reader(GROUP)) {
            return consumer.groupMetadata();
        }
    }

    private Map<TopicPartition, OffsetAndMetadata> offsets() throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + port))) {
            return admin.listConsumerGroupOffsets(GROUP)
                    .partitionsToOffsetAndMetadata()
                    .get();
        }
    }

    /** Reads until everything expected is there, and then once more, so that a surplus is seen. */
    private static void poll(KafkaConsumer<String, String> reader, Collection<String> seen, Set<String> expected) {
        Awaitility.await().atMost(POLL_TIMEOUT).untilAsserted(() -> {
            reader.poll(Duration.ofMillis(500)).forEach(record -> seen.add(record.value()));
            assertThat(seen).containsAll(expected);
        });
        reader.poll(Duration.ofSeconds(1)).forEach(record -> seen.add(record.value()));
        assertThat(seen).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static List<String> names(String kind, int count) {
        return IntStream.range(0, count).mapToObj(number -> kind + " " + number).toList();
    }

    private KafkaProducer<String, String> producer(String transactionalId) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", "127.0.0.1:" + port, "transactional.id", transactionalId);
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    private KafkaConsumer<String, String> reader(String group) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", "127.0.0.1:" + port,
                "group.id", group,
                "group.protocol", "consumer",
                "isolation.level", "read_committed",
                "auto.offset.reset", "earliest");
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }
}
