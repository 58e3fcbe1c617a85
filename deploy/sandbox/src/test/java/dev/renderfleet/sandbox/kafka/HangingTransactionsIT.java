package dev.renderfleet.sandbox.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.renderfleet.sandbox.process.Ports;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * Guards the broker's version: when a broker stops or crashes under transactions, each gets its markers when it is back. Brokers 4.3.0
 * to 4.4.0 leave them out (KAFKA-20734, ADR 11): the transaction hangs and hides all events behind it.
 */
class HangingTransactionsIT {
    /** Stops of the trial, in turn a crash and an orderly stop: {@code -Drenderfleet.broker-stops=100}. */
    private static final int STOPS = Integer.getInteger("renderfleet.broker-stops", 4);

    private static final int PRODUCERS = 24;
    private static final int PARTITIONS = 6;
    private static final int TRANSACTIONS_BEFORE_STOP = 20 * PRODUCERS;
    /** A transaction that takes longer has met the stop. */
    private static final Duration QUICK_MAX = Duration.ofMillis(200);

    private static final Duration ENDED_MAX = Duration.ofSeconds(30);
    // Kafka means only consumers to make one; this test has none.
    @SuppressWarnings("removal")
    private static final ConsumerGroupMetadata MEMBER = new ConsumerGroupMetadata("workers");

    @TempDir
    private Path data;

    private final int port = Ports.choose("", 0);
    private final int controllerPort = Ports.choose("", 0);
    private final List<StockBroker> brokers = new ArrayList<>();
    private final Queue<String> committed = new ConcurrentLinkedQueue<>();
    private final AtomicInteger interrupted = new AtomicInteger();
    private volatile boolean stopping;
    private volatile boolean stopped;
    private Admin admin;

    @BeforeEach
    void start() throws Exception {
        brokers.add(StockBroker.start(first()));
        admin = Admin.create(client());
    }

    @AfterEach
    void stop() throws Exception {
        admin.close(Duration.ZERO);
        for (StockBroker broker : brokers) {
            broker.end(true);
        }
    }

    /** The coordinator lives, and the partition's only replica is on the broker that stops: the marker has to wait for it. */
    @Test
    @Tag("long")
    void aCommitWhileThePartitionHasNoLeaderIsSeenWhenItHasOne() throws Exception {
        var partition = new TopicPartition(SandboxTopics.EVENTS, 0);
        KafkaProducer<String, String> producer = producer(0);
        brokers.add(StockBroker.start(second()));
        await("two brokers").until(() -> admin.describeCluster().nodes().get().size() == 2);
        admin.createTopics(List.of(new NewTopic(SandboxTopics.EVENTS, Map.of(0, List.of(2)))))
                .all()
                .get();
        try {
            for (boolean crash : List.of(true, false)) {
                producer.beginTransaction();
                long offset = producer.send(new ProducerRecord<>(SandboxTopics.EVENTS, "key", "value"))
                        .get()
                        .offset();

                brokers.removeLast().end(crash);
                await("no leader").until(() -> !hasLeader(partition));
                producer.commitTransaction();
                brokers.add(StockBroker.start(second()));

                await("the marker behind the record, crash=" + crash)
                        .untilAsserted(() -> assertThat(ends(IsolationLevel.READ_COMMITTED, List.of(partition)))
                                .containsOnly(entry(partition, offset + 2)));
            }
        } finally {
            producer.close(Duration.ZERO);
        }
    }

    private boolean hasLeader(TopicPartition partition) throws Exception {
        var topics = admin.describeTopics(List.of(partition.topic())).allTopicNames();
        Node leader = Objects.requireNonNull(topics.get().get(partition.topic()))
                .partitions()
                .get(partition.partition())
                .leader();
        return leader != null && !leader.isEmpty();
    }

    @Test
    @Tag("long")
    void noneHangsWhenTheOnlyBrokerStopsUnderManyTransactions(TestReporter reporter) throws Exception {
        admin.createTopics(Stream.of(SandboxTopics.EVENTS, SandboxTopics.JOBS)
                        .map(name -> new NewTopic(name, PARTITIONS, (short) 1))
                        .toList())
                .all()
                .get();
        for (int stop = 0; stop < STOPS; stop++) {
            boolean crash = stop % 2 == 0;
            stopUnderLoad(crash);

            await("last stable offsets after stop %d, crash=%s".formatted(stop, crash))
                    .untilAsserted(() -> assertThat(ends(IsolationLevel.READ_COMMITTED, written()))
                            .isEqualTo(ends(IsolationLevel.READ_UNCOMMITTED, written())));
            reporter.publishEntry("stop=%d crash=%s committed=%d interrupted=%d"
                    .formatted(stop, crash, committed.size(), interrupted.get()));
        }
        assertThat(interrupted).as("transactions that met a stop").hasValueGreaterThan(STOPS * PRODUCERS / 2);
        assertThat(read()).doesNotHaveDuplicates().containsAll(committed);
    }

    /** Returns when the broker serves again and each transactional id has ended its last transaction. */
    private void stopUnderLoad(boolean crash) throws Exception {
        stopping = false;
        stopped = false;
        int before = committed.size();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Void>> load = each(this::transactionsUntilStopped, threads);
            await("load").until(() -> committed.size() > before + TRANSACTIONS_BEFORE_STOP);
            stopping = true;
            brokers.removeFirst().end(crash);
            stopped = true;
            brokers.add(StockBroker.start(first()));
            load.forEach(CompletableFuture::join);
            each(number -> producer(number).close(), threads).forEach(CompletableFuture::join);
        }
    }

    private static List<CompletableFuture<Void>> each(IntConsumer task, ExecutorService threads) {
        return IntStream.range(0, PRODUCERS)
                .mapToObj(number -> CompletableFuture.runAsync(() -> task.accept(number), threads))
                .toList();
    }

    /** The producer's next transaction could end what hangs of this one: it makes none after one that met the stop. */
    private void transactionsUntilStopped(int number) {
        KafkaProducer<String, String> producer = producer(number);
        try {
            for (int count = 0; !stopped; count++) {
                long began = System.nanoTime();
                transaction(producer, "%s/%d/%d".formatted(producer.hashCode(), number, count), count % 4 == 3);
                if (stopping && System.nanoTime() - began > QUICK_MAX.toNanos()) {
                    interrupted.incrementAndGet();
                    return;
                }
            }
        } catch (KafkaException e) {
            interrupted.incrementAndGet();
        } finally {
            producer.close(Duration.ZERO);
        }
    }

    private void transaction(KafkaProducer<String, String> producer, String name, boolean abort) {
        int partition = Math.floorMod(name.hashCode(), PARTITIONS);
        producer.beginTransaction();
        for (int each : List.of(partition, (partition + 1) % PARTITIONS)) {
            var _ = producer.send(new ProducerRecord<>(SandboxTopics.EVENTS, each, name, name + "/" + each));
        }
        producer.sendOffsetsToTransaction(
                Map.of(new TopicPartition(SandboxTopics.JOBS, partition), new OffsetAndMetadata(1)), MEMBER);
        if (abort) {
            producer.abortTransaction();
        } else {
            producer.commitTransaction();
            committed.add(name + "/" + partition);
        }
    }

    /** All partitions that the transactions write to. */
    private Collection<TopicPartition> written() throws Exception {
        return admin
                .describeTopics(List.of(SandboxTopics.EVENTS, "__consumer_offsets"))
                .allTopicNames()
                .get()
                .values()
                .stream()
                .flatMap(topic -> topic.partitions().stream()
                        .map(partition -> new TopicPartition(topic.name(), partition.partition())))
                .toList();
    }

    private Map<TopicPartition, Long> ends(IsolationLevel isolation, Collection<TopicPartition> partitions)
            throws Exception {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(latest, new ListOffsetsOptions(isolation))
                .all()
                .get()
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    /** What a {@code read_committed} reader sees. */
    private List<String> read() throws Exception {
        Map<String, Object> client = client();
        client.put("isolation.level", "read_committed");
        List<String> values = new ArrayList<>();
        Map<TopicPartition, Long> ends = ends(IsolationLevel.READ_COMMITTED, written());
        ends.keySet().removeIf(partition -> !partition.topic().equals(SandboxTopics.EVENTS));
        try (var reader = new KafkaConsumer<>(client, new StringDeserializer(), new StringDeserializer())) {
            reader.assign(ends.keySet());
            reader.seekToBeginning(ends.keySet());
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                reader.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }

    /** Ready to begin; ends what its transactional id has left open. */
    private KafkaProducer<String, String> producer(int number) {
        Map<String, Object> client = client();
        client.put("transactional.id", "settling-" + number);
        client.put("transaction.timeout.ms", Math.toIntExact(ENDED_MAX.toMillis()));
        client.put("max.block.ms", 30_000);
        var producer = new KafkaProducer<>(client, new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    private Map<String, Object> client() {
        return new HashMap<>(Map.of("bootstrap.servers", "127.0.0.1:" + port));
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what).atMost(ENDED_MAX).ignoreExceptions();
    }

    private Properties first() {
        Properties properties = new BrokerSettings(port, controllerPort, data.resolve("first"), false).toProperties();
        // Kafka's default: a successor that starts sooner takes itself for its former self.
        properties.setProperty("broker.session.timeout.ms", "9000");
        return properties;
    }

    /** A broker that is no controller. */
    private Properties second() {
        Properties properties = new BrokerSettings(port, controllerPort, data.resolve("second"), false).toProperties();
        properties.setProperty("process.roles", "broker");
        properties.setProperty("node.id", "2");
        properties.setProperty("listeners", "PLAINTEXT://127.0.0.1:0");
        properties.remove("advertised.listeners");
        return properties;
    }
}
