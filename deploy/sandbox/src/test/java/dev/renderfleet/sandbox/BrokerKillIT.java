package dev.renderfleet.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.kafka.Topics;
import dev.renderfleet.sandbox.process.Ports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker in a process of its own is killed under its clients, and its successor has all that was committed. */
class BrokerKillIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int COMMITTED = 200;
    private static final String GROUP = "workers";
    private static final TopicPartition JOBS = new TopicPartition(Topics.JOBS, 0);
    private static final OffsetAndMetadata OFFSET = new OffsetAndMetadata(42, "gaps:44,47");

    @TempDir
    private Path data;

    private final int port = Ports.choose("", 0);
    private KafkaConsumer<String, String> reader;
    private KafkaProducer<String, String> dying;

    @Test
    void keepsExactlyWhatWasCommittedWhenItIsKilled() throws Exception {
        var committed = new TreeSet<>(names("committed", COMMITTED));
        var seen = new TreeSet<String>();
        try (var broker = start()) {
            reader = reader("readers");
            reader.subscribe(List.of(Topics.EVENTS));
            settle(names("committed", COMMITTED));
            settleNothing(names("aborted", 20));
            poll(reader, seen, committed);
            dying = producer("dying");
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
            assertThat(offset()).isEqualTo(OFFSET);
            // The reader was connected all the time; a fresh one starts from the beginning.
            poll(reader, seen, committed);
            try (var fresh = reader("fresh")) {
                fresh.assign(reader.partitionsFor(Topics.EVENTS).stream()
                        .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                        .toList());
                fresh.seekToBeginning(fresh.assignment());
                poll(fresh, new TreeSet<>(), committed);
            }
        }
    }

    /** Without waiting for a broker that is gone. */
    @AfterEach
    void close() {
        if (dying != null) {
            dying.close(Duration.ZERO);
        }
        if (reader != null) {
            reader.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    private SandboxProcess start() {
        return SandboxProcess.start(
                "--without", "postgres,s3,gemini", "--kafka-port", Integer.toString(port), "--data", data.toString());
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
            producer.sendOffsetsToTransaction(
                    Map.of(JOBS, new OffsetAndMetadata(99)), group());
            producer.flush();
            producer.abortTransaction();
        }
    }

    /** The dead producer's successor ends its open transaction, and its own record is visible. */
    private void takeOver(String transactionalId, TreeSet<String> committed) {
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
            var _ = producer.send(new ProducerRecord<>(Topics.EVENTS, name, name));
        }
    }

    private ConsumerGroupMetadata group() {
        try (var consumer = reader(GROUP)) {
            return consumer.groupMetadata();
        }
    }

    private OffsetAndMetadata offset() throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + port))) {
            return admin.listConsumerGroupOffsets(GROUP)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .get(JOBS);
        }
    }

    /** Reads until everything expected is there, and then once more, so that a surplus is seen. */
    private static void poll(KafkaConsumer<String, String> reader, TreeSet<String> seen, TreeSet<String> expected) {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            reader.poll(Duration.ofMillis(500)).forEach(record -> seen.add(record.value()));
            assertThat(seen).containsAll(expected);
        });
        reader.poll(Duration.ofSeconds(1)).forEach(record -> seen.add(record.value()));
        assertThat(seen).isEqualTo(expected);
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
