package dev.renderfleet.worker.settle;

import static org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.TestSeed;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each record has one outcome for a {@code read_committed} reader, on a real broker, while workers join, leave and pause. */
@Timeout(300)
class SettlementIT {

    private static final int PARTITIONS = 6;
    private static final int BROKEN_ONE_IN = 20;
    private static final int HANGS_ONE_IN = 16;
    private static final int LONG_METADATA_CHARS = 3_900;
    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(100);
    private static final Duration DEAD_TRANSACTION = Duration.ofSeconds(5);

    private static TestBroker broker;
    private static Admin admin;

    @TempDir
    Path spool = Path.of("set by JUnit");

    private final long seed = TestSeed.next();
    private final Random random = new Random(seed);
    /** Names of this test's jobs begin with it. */
    private final String run = UUID.randomUUID().toString();

    private final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", InstantSource.system());
    private final List<TestWorker> workers = new ArrayList<>();
    private final Map<String, Integer> expected = new HashMap<>();
    private Producer<byte[], byte[]> jobs;
    private CommittedEvents outcomes;

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

    @Test
    void eachOutcomeIsPublishedOnceWhileWorkersComeGoAndFallSilentAndTheBrokerRestarts() throws Exception {
        publish(150);
        TestWorker first = worker("first");
        TestWorker silent = worker("silent");
        awaitOutcomes(40);
        publish(150);
        TestWorker third = worker("third");
        awaitOutcomes(150);
        publish(150);
        first.close();
        workers.remove(first);
        awaitOutcomes(250);
        publish(150);
        silent.freeze();
        worker("fourth");
        await("the silent worker is out of the group")
                .until(() -> third.members.status(silent.owner) == MemberStatus.EXPIRED);
        publish(150);
        broker.sandbox().control().restartKafka();
        awaitOutcomes(500);
        silent.thaw();
        publish(50);

        assertEachIsPublishedOnceAndSettled();
        assertThat(workers).noneMatch(TestWorker::gaveUp);
    }

    @Test
    void aPartitionWithForeignMetadataIsLeftAloneAndTheOthersAreProcessed() throws Exception {
        var foreign = new TopicPartition(Topics.JOBS, 0);
        var theirs = new OffsetAndMetadata(end(foreign), "committed by another program");
        admin.alterConsumerGroupOffsets(ConsumerGroups.WORKERS, Map.of(foreign, theirs))
                .all()
                .get();
        List<String> untouched = publishTo(foreign, 10);
        publish(100, partition -> partition != foreign.partition());
        TestWorker worker = worker("first");

        awaitOutcomes(100);

        assertThat(worker.stream.refused())
                .containsOnlyKeys(foreign.toString())
                .allSatisfy((_, reason) -> assertThat(reason).contains("committed by another program"));
        worker.close();
        workers.remove(worker);
        assertThat(outcomes.counts()).doesNotContainKeys(untouched.toArray(String[]::new));
        assertThat(committed().get(foreign)).isEqualTo(theirs);

        admin.alterConsumerGroupOffsets(
                        ConsumerGroups.WORKERS, Map.of(foreign, new OffsetAndMetadata(theirs.offset(), "")))
                .all()
                .get();
        worker("second");
        assertEachIsPublishedOnceAndSettled();
    }

    /** No worker need be restarted for what has passed. */
    @Test
    void aRefusedPartitionIsProcessedOnceItsOffsetsCanBeRead() throws Exception {
        var foreign = new TopicPartition(Topics.JOBS, 0);
        long end = end(foreign);
        admin.alterConsumerGroupOffsets(
                        ConsumerGroups.WORKERS,
                        Map.of(foreign, new OffsetAndMetadata(end, "committed by another program")))
                .all()
                .get();
        publishTo(foreign, 10);
        TestWorker worker = worker("first");
        Awaitility.await()
                .atMost(POLL_TIMEOUT)
                .untilAsserted(() -> assertThat(worker.stream.refused()).containsOnlyKeys(foreign.toString()));
        double share = worker.share();

        commit(foreign, new OffsetAndMetadata(end, ""));
        worker.ahead(Duration.ofSeconds(31));

        Awaitility.await()
                .atMost(POLL_TIMEOUT)
                .untilAsserted(() -> assertThat(worker.share()).isGreaterThan(share));
        assertThat(worker.stream.refused()).isEmpty();
        assertEachIsPublishedOnceAndSettled();
    }

    /** As the transaction of a former owner may do late. */
    private void commit(TopicPartition partition, OffsetAndMetadata offset) {
        try (var producer = broker.producer(Map.of("transactional.id", "renderfleet/late/" + run))) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(
                    Map.of(partition, offset), new ConsumerGroupMetadata(ConsumerGroups.WORKERS));
            producer.commitTransaction();
        }
    }

    /** It had sent an outcome and offsets, and crashed before the commit. */
    @Test
    void aDeadWorkersOpenTransactionIsWaitedForAndDoublesNothing() throws Exception {
        var partition = new TopicPartition(Topics.JOBS, 1);
        long before = end(partition);
        String job = publishTo(partition, 1).getFirst();
        String transaction = "renderfleet/former/" + run;
        Producer<byte[], byte[]> former = broker.producer(
                Map.of("transactional.id", transaction, "transaction.timeout.ms", (int) DEAD_TRANSACTION.toMillis()));
        former.initTransactions();
        former.beginTransaction();
        former.send(new ProducerRecord<>(Topics.EVENTS, bytes(job), bytes("published by the former owner")))
                .get();
        former.sendOffsetsToTransaction(
                Map.of(partition, new OffsetAndMetadata(before + 1, "")),
                new ConsumerGroupMetadata(ConsumerGroups.WORKERS));
        former.close(Duration.ZERO);

        worker("successor");
        awaitOutcomes(1);

        assertThat(state(transaction))
                .as("the successor has waited until the transaction was aborted")
                .isIn(TransactionState.PREPARE_ABORT, TransactionState.COMPLETE_ABORT);
        publish(50);
        assertEachIsPublishedOnceAndSettled();
    }

    /** What is settled beyond a gap is known by the committed metadata alone, which an open transaction hides from readers. */
    @Test
    void whatWasSettledBeyondAGapIsNotPublishedAgainThoughATransactionHidesItAtFirst() throws Exception {
        var partition = new TopicPartition(Topics.JOBS, 2);
        long before = end(partition);
        List<String> ids = publishTo(partition, 5);
        var committed = Checkpoints.of(List.of(before, before + 1), before + 4);
        admin.alterConsumerGroupOffsets(
                        ConsumerGroups.WORKERS, Map.of(partition, new OffsetAndMetadata(before, committed.metadata())))
                .all()
                .get();
        ids.subList(2, 4).forEach(expected::remove);
        Producer<byte[], byte[]> former =
                broker.producer(Map.of("transactional.id", "renderfleet/hides/" + run, "transaction.timeout.ms", (int)
                        DEAD_TRANSACTION.toMillis()));
        former.initTransactions();
        former.beginTransaction();
        former.sendOffsetsToTransaction(
                Map.of(partition, new OffsetAndMetadata(before + 1, "")),
                new ConsumerGroupMetadata(ConsumerGroups.WORKERS));
        former.close(Duration.ZERO);

        worker("successor");

        assertEachIsPublishedOnceAndSettled();
    }

    /** Else the group's lag would never be 0. */
    @Test
    void markersOfAProducersTransactionsAreSteppedOverSoThatAnIdlePartitionHasNoLag() throws Exception {
        var first = new TopicPartition(Topics.JOBS, 0);
        try (Producer<byte[], byte[]> transactional = broker.producer(Map.of("transactional.id", "shop/" + run))) {
            transactional.initTransactions();
            for (int i = 0; i < 3; i++) {
                transactional.beginTransaction();
                var _ = transactional.send(
                        new ProducerRecord<>(Topics.JOBS, 0, null, bytes("no job " + run + " " + i)));
                var _ = transactional.send(
                        new ProducerRecord<>(Topics.JOBS, 1, null, bytes("no job " + run + " - " + i)));
                transactional.commitTransaction();
                expected.put("no job " + run + " " + i, 1);
                expected.put("no job " + run + " - " + i, 1);
            }
            transactional.beginTransaction();
            var _ = transactional.send(new ProducerRecord<>(Topics.JOBS, 1, null, bytes("aborted")));
            transactional.flush();
            transactional.abortTransaction();
        }
        worker("first");

        await("no lag")
                .untilAsserted(
                        () -> assertThat(committed().get(first)).isEqualTo(new OffsetAndMetadata(end(first), "")));
        await("no lag at all").untilAsserted(() -> assertThat(committed()).isEqualTo(ends()));
        assertThat(workers).noneMatch(TestWorker::gaveUp);
        assertEachIsPublishedOnceAndSettled();
    }

    /** Of which its part of every quota follows. */
    @Test
    void eachWorkerGetsItsShareOfThePartitionsWhileWorkersComeAndGo() {
        TestWorker first = worker("first");
        awaitShares(first);
        assertThat(first.share()).isEqualTo(1);
        TestWorker second = worker("second");
        awaitShares(first, second);
        TestWorker third = worker("third");
        awaitShares(first, second, third);
        // On the way there, all is shared in other ways: partitions move one after the other.
        await("a third each")
                .untilAsserted(() -> assertThat(List.of(first.share(), second.share(), third.share()))
                        .allSatisfy(share -> assertThat(share).isCloseTo(1.0 / 3, within(0.01))));
        second.close();
        workers.remove(second);
        awaitShares(first, third);
    }

    private void awaitShares(TestWorker... present) {
        await("each has some, and together they have all").untilAsserted(() -> {
            assertThat(Arrays.stream(present).mapToDouble(TestWorker::share)).allMatch(share -> share > 0);
            assertThat(Arrays.stream(present).mapToDouble(TestWorker::share).sum())
                    .isCloseTo(1, within(0.01));
        });
    }

    @Test
    void aFormerOwnerIsFencedAndRemovedFromTheGroupAtOnce() throws Exception {
        TestWorker witness = worker("witness");
        String former = "former/" + UUID.randomUUID();
        String transaction = "renderfleet/" + former;
        try (var kafka = new KafkaClients(settings(), former)) {
            becomeAMemberAndDie(kafka);
            assertThat(witness.members.status(former)).isEqualTo(MemberStatus.ACTIVE);
            Producer<byte[], byte[]> producer = broker.producer(Map.of("transactional.id", transaction));
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(Topics.EVENTS, bytes("published by the former owner")))
                    .get();
            producer.close(Duration.ZERO);
        }

        try (var successor = new KafkaClients(settings(), "successor/" + UUID.randomUUID())) {
            assertThat(state(transaction)).isEqualTo(TransactionState.ONGOING);
            List<String> formerOwners = List.of(former, "never there/" + UUID.randomUUID());
            successor.fence(formerOwners);
            assertThat(state(transaction)).as("aborted, and fenced").isEqualTo(TransactionState.EMPTY);
            assertThat(witness.members.status(former)).isEqualTo(MemberStatus.EXPIRED);
            successor.fence(formerOwners);
        }
        publish(50);
        assertEachIsPublishedOnceAndSettled();
    }

    private void becomeAMemberAndDie(KafkaClients kafka) {
        Consumer<byte[], byte[]> consumer = kafka.consumer(Map.of());
        consumer.subscribe(List.of(Topics.JOBS));
        await("the one to die owns partitions").until(() -> {
            consumer.poll(Duration.ofMillis(100));
            return !consumer.assignment().isEmpty();
        });
        consumer.close(CloseOptions.groupMembershipOperation(REMAIN_IN_GROUP));
    }

    /** All is settled but every sixteenth record, which hangs: what is to be remembered of the partition is as long as it may be. */
    @Test
    void aPartitionOfWhichNoMoreCanBeWrittenDownWaitsAndTheOthersGoOn() throws Exception {
        var full = new TopicPartition(Topics.JOBS, 3);
        var released = new CountDownLatch(1);
        long begin = end(full);
        long last = begin + Checkpoint.SPAN_RECORDS_MAX - 1;
        var hanging = new TreeSet<Long>();
        for (long offset = begin; offset < last; offset++) {
            if ((offset - begin) % HANGS_ONE_IN == 0) {
                publishTo(full, 1);
                hanging.add(offset);
            } else {
                var _ = jobs.send(new ProducerRecord<>(full.topic(), full.partition(), null, bytes("settled before")));
            }
        }
        IntStream.rangeClosed(0, 100).forEach(_ -> publishBroken(full.partition()));
        jobs.flush();
        String metadata = Checkpoints.of(hanging, last).metadata();
        admin.alterConsumerGroupOffsets(ConsumerGroups.WORKERS, Map.of(full, new OffsetAndMetadata(begin, metadata)))
                .all()
                .get();
        TestWorker first = worker("first", 2 * hanging.size(), new TestWorker.StuckModel(released));
        await("what a broker is given at most, and takes").until(() -> {
            OffsetAndMetadata commit = committed().get(full);
            return commit != null
                    && !commit.metadata().equals(metadata)
                    && commit.metadata().length() > LONG_METADATA_CHARS;
        });

        IntStream.range(0, 20).forEach(_ -> publishBroken(full.partition() + 1));
        awaitOutcomes(1 + 20);
        assertThat(outcomes.counts())
                .as("the last that fits of the full one, and no more")
                .hasSize(1 + 20);
        TestWorker second = worker("second");
        await("the second is there").until(() -> first.members.status(second.owner) == MemberStatus.ACTIVE);
        released.countDown();

        assertEachIsPublishedOnceAndSettled();
        assertThat(workers).noneMatch(TestWorker::gaveUp);
    }

    private static TransactionState state(String transaction) throws ExecutionException, InterruptedException {
        return admin.describeTransactions(List.of(transaction))
                .description(transaction)
                .get()
                .state();
    }

    private void assertEachIsPublishedOnceAndSettled() throws ExecutionException, InterruptedException {
        awaitOutcomes(expected.size());
        await("all transactions are decided").until(outcomes::hasReadAll);
        workers.forEach(TestWorker::close);
        await("the last outcomes are decided, too").until(outcomes::hasReadAll);
        assertThat(new TreeMap<>(outcomes.counts())).as("seed %d", seed).isEqualTo(new TreeMap<>(expected));
        assertThat(committed()).as("seed %d", seed).isEqualTo(ends());
    }

    private void awaitOutcomes(int count) {
        await(count + " outcomes").until(() -> outcomes.counts().size() >= count);
    }

    private ConditionFactory await(String what) {
        return Awaitility.await(what + ", seed " + seed).pollInSameThread().atMost(POLL_TIMEOUT);
    }

    private TestWorker worker(String name) {
        return worker(name, TestWorker.WINDOW, new TestWorker.SlowModel(random));
    }

    private TestWorker worker(String name, int window, ImageProvider model) {
        var worker = new TestWorker(name, settings(), window, store, spool, model).start();
        workers.add(worker);
        return worker;
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "bootstrap.servers", broker.servers(), "group.protocol", protocol(), "max.poll.interval.ms", 6_000));
        if (protocol().equals("classic")) {
            settings.put("session.timeout.ms", 6_000);
        }
        return settings;
    }

    private void publish(int count) {
        publish(count, _ -> true);
    }

    /** Jobs, and among them records that are none, on all these partitions. */
    private void publish(int count, IntPredicate partitions) {
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

    private void publishBroken(int partition) {
        String broken = "no job " + run + " " + expected.size();
        expected.put(broken, 1);
        var _ = jobs.send(new ProducerRecord<>(Topics.JOBS, partition, null, bytes(broken)));
    }

    private List<String> publishTo(TopicPartition partition, int count) {
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

    private static Map<TopicPartition, OffsetAndMetadata> committed() throws ExecutionException, InterruptedException {
        return admin.listConsumerGroupOffsets(ConsumerGroups.WORKERS)
                .partitionsToOffsetAndMetadata()
                .get();
    }

    /** What is committed once everything is settled; partitions that never had a record have no commit. */
    private static Map<TopicPartition, OffsetAndMetadata> ends() throws ExecutionException, InterruptedException {
        return endOffsets().entrySet().stream()
                .filter(end -> end.getValue() > 0)
                .collect(Collectors.toMap(Map.Entry::getKey, end -> new OffsetAndMetadata(end.getValue(), "")));
    }

    private static long end(TopicPartition partition) throws ExecutionException, InterruptedException {
        return Objects.requireNonNull(endOffsets().get(partition));
    }

    private static Map<TopicPartition, Long> endOffsets() throws ExecutionException, InterruptedException {
        var latest = IntStream.range(0, PARTITIONS)
                .mapToObj(number -> new TopicPartition(Topics.JOBS, number))
                .collect(Collectors.toMap(Function.identity(), _ -> OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(latest).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
