package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.testbed.PartsCondition;
import dev.renderfleet.worker.intake.JobChannel;
import dev.renderfleet.worker.intake.Lanes.LaneState;
import dev.renderfleet.worker.settle.TestWorker.WindowBounds;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that wait for one model keep no jobs of another out, on a real broker. A hold lasts far longer than a test waits. */
@Timeout(300)
@ExtendWith(PartsCondition.class)
class LanesIT {

    private static final int PARTITIONS = 3;
    private static final int STUCK_JOBS = 1_000;
    private static final String PRO = "gemini-3-pro-image";
    private static final String BANANA = "gemini-nano-banana-2.1";
    private static final String LITE = "gemini-3.1-flash-lite-image";
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(100);
    /** Far less than the hold of a stuck model. */
    private static final Duration SOON = Duration.ofSeconds(20);

    private static final WindowBounds SMALL = new WindowBounds(32, JobChannel.BYTES_MAX);

    private static TestBroker broker;

    @TempDir
    Path spool = Path.of("set by JUnit");

    private final String run = UUID.randomUUID().toString();
    private final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", InstantSource.system());
    private final Set<String> limited = ConcurrentHashMap.newKeySet();
    private final List<TestWorker> workers = new ArrayList<>();
    private final Map<String, Integer> expected = new TreeMap<>();
    private Producer<byte[], byte[]> jobs;
    private CommittedEvents outcomes;

    @BeforeAll
    static void start() {
        broker = TestBroker.start(PARTITIONS);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void clients() {
        jobs = broker.producer(Map.of());
        outcomes = new CommittedEvents(broker.servers());
    }

    @AfterEach
    void close() {
        workers.forEach(TestWorker::close);
        jobs.close();
        outcomes.close();
    }

    /** A thousand for each of two models, to a window of 32; what is read again comes fast. */
    @Test
    void twoStuckModelsKeepNoOtherOutAlsoAfterARestart() {
        limited.addAll(List.of(PRO, BANANA));
        TestWorker first = worker(SMALL);
        publish(STUCK_JOBS, PRO, "");
        publish(STUCK_JOBS, BANANA, "");
        awaitDeferred(first, 2 * STUCK_JOBS - SMALL.records());

        List<String> free = publish(3, LITE, "");
        awaitOutcomes(free, SOON);
        assertThat(outcomes.counts()).hasSize(free.size());

        stop(first);
        TestWorker second = worker(SMALL);
        List<String> freeToo = publish(3, LITE, "");
        awaitOutcomes(freeToo, SOON);
        assertThat(outcomes.counts()).hasSize(free.size() + freeToo.size());
        assertThat(second.lanes.states()).extracting(LaneState::model).containsExactlyInAnyOrder(PRO, BANANA);
        assertThat(second.lanes.states())
                .allSatisfy(lane -> assertThat(lane.inWindow()).isLessThanOrEqualTo(SMALL.records() / 2));

        stop(second);
        limited.clear();
        worker(SMALL);
        assertEachIsPublishedOnce();
    }

    @Test
    void aStuckModelKeepsNoOtherOutByBytes() {
        limited.add(PRO);
        var bounds = new WindowBounds(1_000, 100_000);
        TestWorker worker = worker(bounds);
        publish(200, PRO, "x".repeat(5_000));
        awaitDeferred(worker, 185);

        awaitOutcomes(publish(3, LITE, "x".repeat(5_000)), SOON);

        assertThat(outcomes.counts()).hasSize(3);
        stop(worker);
        limited.clear();
        worker(bounds);
        assertEachIsPublishedOnce();
    }

    /** Partitions are reassigned while deferred records are read again. */
    @Test
    void deferredRecordsAreNeitherLostNorDoubledDuringRebalances() {
        limited.add(PRO);
        TestWorker first = worker(SMALL);
        publish(STUCK_JOBS, PRO, "");
        publish(STUCK_JOBS, BANANA, "");
        awaitDeferred(first, STUCK_JOBS - SMALL.records());
        limited.clear();
        // Its hold lasts: the others call the model.
        TestWorker second = worker(SMALL);
        awaitCount(STUCK_JOBS + 50);
        TestWorker third = worker(SMALL);
        stop(first);
        awaitCount(STUCK_JOBS + 200);
        stop(second);
        awaitCount(STUCK_JOBS + 300);

        assertEachIsPublishedOnce();
        assertThat(third.gaveUp()).isFalse();
    }

    private void assertEachIsPublishedOnce() {
        awaitOutcomes(List.copyOf(expected.keySet()), LONG_ENOUGH);
        await("all transactions are decided").until(outcomes::hasReadAll);
        workers.forEach(TestWorker::close);
        await("the last outcomes are decided, too").until(outcomes::hasReadAll);
        assertThat(new TreeMap<>(outcomes.counts())).isEqualTo(expected);
    }

    private void awaitDeferred(TestWorker worker, int atLeast) {
        await(atLeast + " deferred")
                .until(() -> worker.lanes.states().stream()
                                .mapToInt(LaneState::deferred)
                                .sum()
                        >= atLeast);
    }

    private void awaitOutcomes(List<String> ids, Duration atMost) {
        await(ids.size() + " outcomes")
                .atMost(atMost)
                .until(() -> outcomes.counts().keySet().containsAll(ids));
    }

    private void awaitCount(int count) {
        await(count + " outcomes").until(() -> outcomes.counts().size() >= count);
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what).pollInSameThread().atMost(LONG_ENOUGH);
    }

    private TestWorker worker(WindowBounds window) {
        var worker = new TestWorker(
                        "worker-" + workers.size(),
                        settings(),
                        window,
                        store,
                        spool,
                        new TestWorker.LimitedModel(limited))
                .start();
        workers.add(worker);
        return worker;
    }

    private void stop(TestWorker worker) {
        worker.close();
        workers.remove(worker);
    }

    private List<String> publish(int count, String model, String filler) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String key = run + "-" + expected.size();
            String id = JobId.of("acme", key).value();
            String job = ("{'tenant':'acme','idempotencyKey':'" + key + "','prompt':'A red vase " + filler
                            + "','model':'" + model + "'}")
                    .replace('\'', '"');
            var _ = jobs.send(new ProducerRecord<>(
                    Topics.JOBS, expected.size() % PARTITIONS, null, job.getBytes(StandardCharsets.UTF_8)));
            expected.put(id, 1);
            ids.add(id);
        }
        jobs.flush();
        return ids;
    }

    private static Map<String, Object> settings() {
        return Map.of("bootstrap.servers", broker.servers());
    }
}
