package dev.renderfleet.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.kafka.Topics;
import dev.renderfleet.sandbox.process.Ports;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * Guards the broker's version: no transaction is left hanging when the broker is killed or stopped under it. Brokers 4.3.0 to 4.4.0 fail
 * this test (KAFKA-20734, ADR 11). {@code -Drenderfleet.broker-stops=100} makes it a longer trial.
 */
class HangingTransactionsIT {
    /** In turn a kill and an orderly stop. */
    private static final int STOPS = Integer.getInteger("renderfleet.broker-stops", 3);

    private static final int PRODUCERS = 12;
    private static final int PARTITIONS = 6;
    private static final int TRANSACTIONS_BEFORE_STOP = 20 * PRODUCERS;
    /** A transaction that takes longer has met the stop. */
    private static final Duration QUICK_MAX = Duration.ofMillis(200);

    private static final Duration ENDED_MAX = Duration.ofSeconds(30);
    private static final String GROUP = "workers";
    private static final ConsumerGroupMetadata MEMBER = new ConsumerGroupMetadata(GROUP);

    @TempDir
    private Path data;

    private final String port = Integer.toString(Ports.choose("", 0));
    private final Queue<String> committed = new ConcurrentLinkedQueue<>();
    private final AtomicInteger interrupted = new AtomicInteger();
    private volatile boolean stopping;
    private volatile boolean stopped;

    @Test
    void noneIsLeftWhenTheBrokerIsKilledOrStopped(TestReporter reporter) throws Exception {
        SandboxProcess sandbox = start();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Admin admin = Admin.create(client())) {
            for (int stop = 0; stop < STOPS; stop++) {
                boolean kill = stop % 2 == 0;
                sandbox = stopUnderLoad(sandbox, kill, threads);

                Awaitility.await("last stable offsets after stop %d, kill=%s".formatted(stop, kill))
                        .atMost(ENDED_MAX)
                        .untilAsserted(() -> assertThat(offsets(admin, IsolationLevel.READ_COMMITTED))
                                .isEqualTo(offsets(admin, IsolationLevel.READ_UNCOMMITTED)));
                reporter.publishEntry("stop=%d kill=%s committed=%d interrupted=%d"
                        .formatted(stop, kill, committed.size(), interrupted.get()));
            }
            assertThat(interrupted)
                    .as("transactions that met a stop")
                    .hasValueGreaterThan(STOPS * PRODUCERS / 2);
            assertThat(read(admin)).doesNotHaveDuplicates().containsAll(committed);
        } finally {
            sandbox.close();
        }
    }

    /** Returns the sandbox whose broker serves again, when each transactional id has ended its last transaction. */
    private SandboxProcess stopUnderLoad(SandboxProcess sandbox, boolean kill, ExecutorService threads) {
        stopping = false;
        stopped = false;
        int before = committed.size();
        List<CompletableFuture<Void>> load = each(this::transactionsUntilStopped, threads);
        Awaitility.await().atMost(ENDED_MAX).until(() -> committed.size() > before + TRANSACTIONS_BEFORE_STOP);
        stopping = true;
        SandboxProcess successor = sandbox;
        if (kill) {
            sandbox.kill();
            successor = start();
        } else {
            sandbox.simulator().restartKafka();
        }
        stopped = true;
        load.forEach(CompletableFuture::join);
        each(number -> producer(number).close(), threads).forEach(CompletableFuture::join);
        return successor;
    }

    private static List<CompletableFuture<Void>> each(
            IntConsumer task, ExecutorService threads) {
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
        Stream.of(partition, (partition + 1) % PARTITIONS)
                .forEach(each -> producer.send(new ProducerRecord<>(Topics.EVENTS, each, name, name + "/" + each)));
        producer.sendOffsetsToTransaction(
                Map.of(new TopicPartition(Topics.JOBS, partition), new OffsetAndMetadata(1)), MEMBER);
        if (abort) {
            producer.abortTransaction();
        } else {
            producer.commitTransaction();
            committed.add(name + "/" + partition);
        }
    }

    /** All partitions that the transactions write to. */
    private static Collection<TopicPartition> written(Admin admin) throws Exception {
        return admin.describeTopics(List.of(Topics.EVENTS, "__consumer_offsets")).allTopicNames().get().values().stream()
                .flatMap(topic -> topic.partitions().stream()
                        .map(partition -> new TopicPartition(topic.name(), partition.partition())))
                .toList();
    }

    private static Map<TopicPartition, Long> offsets(Admin admin, IsolationLevel isolation) throws Exception {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        written(admin).forEach(partition -> ends.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        admin.listOffsets(ends, new ListOffsetsOptions(isolation))
                .all()
                .get()
                .forEach((partition, end) -> offsets.put(partition, end.offset()));
        return offsets;
    }

    /** What a {@code read_committed} reader sees. */
    private List<String> read(Admin admin) throws Exception {
        Map<String, Object> settings = client();
        settings.put("isolation.level", "read_committed");
        List<String> values = new ArrayList<>();
        Map<TopicPartition, Long> ends = offsets(admin, IsolationLevel.READ_COMMITTED);
        ends.keySet().removeIf(partition -> !partition.topic().equals(Topics.EVENTS));
        try (var reader = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
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
        Map<String, Object> settings = client();
        settings.put("transactional.id", "settling-" + number);
        settings.put("transaction.timeout.ms", 5_000);
        settings.put("max.block.ms", 30_000);
        var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    private Map<String, Object> client() {
        return new HashMap<>(Map.of("bootstrap.servers", "127.0.0.1:" + port));
    }

    private SandboxProcess start() {
        return SandboxProcess.start("--without", "postgres,s3,gemini", "--kafka-port", port, "--data", data.toString());
    }
}
