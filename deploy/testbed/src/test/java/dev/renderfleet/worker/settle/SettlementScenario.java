package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.TestSeed;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Workers on one real broker, records of which each is to have one outcome, and what a {@code read_committed} reader sees of it. */
abstract class SettlementScenario {

    static final int PARTITIONS = 6;
    private static final int BROKEN_ONE_IN = 20;
    static final Duration POLL_TIMEOUT = Duration.ofSeconds(100);

    static TestBroker broker;
    static Admin admin;

    @TempDir
    Path spool = Path.of("set by JUnit");

    private final long seed = TestSeed.next();
    final Random random = new Random(seed);
    /** Names of this test's jobs begin with it. */
    final String run = UUID.randomUUID().toString();

    final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", InstantSource.system());
    final List<TestWorker> workers = new ArrayList<>();
    final Map<String, Integer> expected = new HashMap<>();
    Producer<byte[], byte[]> jobs;
    CommittedEvents outcomes;

    @BeforeAll
    static void start() {
        broker = TestBroker.start(PARTITIONS);
        admin = broker.admin();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    /** The group protocol of all workers. */
    String protocol() {
        return "consumer";
    }

    @BeforeEach
    void clients() {
        jobs = broker.producer(Map.of());
        outcomes = new CommittedEvents(broker.servers());
    }

    @AfterEach
    void close() {
        workers.forEach(TestWorker::thaw);
        workers.forEach(TestWorker::close);
        jobs.close();
        outcomes.close();
    }

    static TransactionState state(String transaction) throws ExecutionException, InterruptedException {
        return admin.describeTransactions(List.of(transaction))
                .description(transaction)
                .get()
                .state();
    }

    void assertEachIsPublishedOnceAndSettled() throws ExecutionException, InterruptedException {
        awaitOutcomes(expected.size());
        await("all transactions are decided").until(outcomes::hasReadAll);
        workers.forEach(TestWorker::close);
        await("the last outcomes are decided, too").until(outcomes::hasReadAll);
        assertThat(new TreeMap<>(outcomes.counts())).as("seed %d", seed).isEqualTo(new TreeMap<>(expected));
        assertThat(committed()).as("seed %d", seed).isEqualTo(ends());
    }

    void awaitOutcomes(int count) {
        await(count + " outcomes").until(() -> outcomes.counts().size(), seen -> seen >= count);
    }

    ConditionFactory await(String what) {
        return Awaitility.await(what + ", seed " + seed).pollInSameThread().atMost(POLL_TIMEOUT);
    }

    TestWorker worker(String name) {
        return worker(name, TestWorker.WINDOW, new TestWorker.SlowModel(random));
    }

    TestWorker worker(String name, int window, ImageProvider model) {
        var worker = new TestWorker(name, settings(), window, store, spool, model).start();
        workers.add(worker);
        return worker;
    }

    Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "bootstrap.servers", broker.servers(), "group.protocol", protocol(), "max.poll.interval.ms", 6_000));
        if (protocol().equals("classic")) {
            settings.put("session.timeout.ms", 6_000);
        }
        return settings;
    }

    void publish(int count) {
        publish(count, _ -> true);
    }

    /** Jobs, and among them records that are none, on all these partitions. */
    void publish(int count, IntPredicate partitions) {
        int[] chosen = IntStream.range(0, PARTITIONS).filter(partitions).toArray();
        for (int i = 0; i < count; i++) {
            int partition = chosen[random.nextInt(chosen.length)];
            if (random.nextInt(BROKEN_ONE_IN) == 0) {
                publishBroken(partition);
            } else {
                publishTo(new TopicPartition(Topics.JOBS, partition), 1);
            }
        }
        jobs.flush();
    }

    void publishBroken(int partition) {
        String broken = "no job " + run + " " + expected.size();
        expected.put(broken, 1);
        var _ = jobs.send(new ProducerRecord<>(Topics.JOBS, partition, null, bytes(broken)));
    }

    List<String> publishTo(TopicPartition partition, int count) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String key = run + "-" + expected.size();
            String id = JobId.of("acme", key).value();
            String job = "{'tenant':'acme','idempotencyKey':'" + key + "','prompt':'A red vase','model':'nano-banana'}";
            var _ = jobs.send(new ProducerRecord<>(
                    partition.topic(), partition.partition(), bytes(id), bytes(job.replace('\'', '"'))));
            expected.put(id, 1);
            ids.add(id);
        }
        jobs.flush();
        return ids;
    }

    static Map<TopicPartition, OffsetAndMetadata> committed() throws ExecutionException, InterruptedException {
        return admin.listConsumerGroupOffsets(ConsumerGroups.WORKERS)
                .partitionsToOffsetAndMetadata()
                .get();
    }

    /** What is committed once everything is settled; partitions that never had a record have no commit. */
    static Map<TopicPartition, OffsetAndMetadata> ends() throws ExecutionException, InterruptedException {
        return endOffsets().entrySet().stream()
                .filter(end -> end.getValue() > 0)
                .collect(Collectors.toMap(Map.Entry::getKey, end -> new OffsetAndMetadata(end.getValue(), "")));
    }

    static long end(TopicPartition partition) throws ExecutionException, InterruptedException {
        return Objects.requireNonNull(endOffsets().get(partition));
    }

    static Map<TopicPartition, Long> endOffsets() throws ExecutionException, InterruptedException {
        var latest = IntStream.range(0, PARTITIONS)
                .mapToObj(number -> new TopicPartition(Topics.JOBS, number))
                .collect(Collectors.toMap(Function.identity(), _ -> OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(latest).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
