package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.settle.Delivery.Assignment;
import dev.renderfleet.worker.settle.OutcomePublisher.Result;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SettlerTest {

    private static final TopicPartition FIRST = new TopicPartition("render.jobs", 0);
    private static final TopicPartition SECOND = new TopicPartition("render.jobs", 1);
    private static final Set<Thread.State> WAITS = Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    private final FakeKafka kafka = new FakeKafka();
    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private volatile boolean gaveUp;

    private final Settler settler = new Settler(
            kafka,
            new KnownOffsets(() -> Commits.of(committed)),
            Failpoints.NONE,
            _ -> true,
            () -> gaveUp = true,
            clock);

    /** Commits all or nothing; refuses as often as asked to. */
    private final class FakeKafka implements OutcomePublisher {
        private final List<String> published = Collections.synchronizedList(new ArrayList<>());
        private final List<Integer> together = Collections.synchronizedList(new ArrayList<>());
        private final AtomicInteger refusals = new AtomicInteger();
        private final AtomicInteger entered = new AtomicInteger();
        private volatile boolean broken;
        private volatile CountDownLatch gate = new CountDownLatch(0);

        @Override
        public Result publish(
                List<ProducerRecord<byte[], byte[]>> outcomes,
                Map<TopicPartition, OffsetAndMetadata> after,
                ConsumerGroupMetadata member) {
            try {
                entered.incrementAndGet();
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (broken) {
                throw new IllegalStateException("not allowed to read the group's offsets");
            }
            if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return new Result.NotPublished(new CommitFailedException("stale"));
            }
            outcomes.forEach(outcome -> published.add(new String(outcome.value(), StandardCharsets.UTF_8)));
            committed.putAll(after);
            together.add(outcomes.size());
            return new Result.Published();
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void joined() {
        settler.member(new ConsumerGroupMetadata(ConsumerGroups.WORKERS));
        assertThat(settler.assigned(List.of(FIRST, SECOND)).refused()).isEmpty();
        settler.start();
    }

    @AfterEach
    void ends() {
        settler.close();
    }

    @Test
    void anOutcomeAndItsOffsetAreSettledTogether() throws Exception {
        Assignment assignment = taken(FIRST, 0);

        assertThat(settle(FIRST, 0, assignment).get(5, TimeUnit.SECONDS)).isTrue();

        assertThat(kafka.published).containsExactly("render.jobs-0@0");
        assertThat(committed.get(FIRST)).isEqualTo(new OffsetAndMetadata(1, ""));
    }

    @Test
    void theAgeIsThatOfTheOldestOutcomeThatIsNotSettled() throws Exception {
        Assignment assignment = taken(FIRST, 0);
        taken(FIRST, 1);
        assertThat(settler.unsettledFor()).isZero();
        kafka.gate = new CountDownLatch(1);

        var first = settle(FIRST, 0, assignment);
        Awaitility.await().until(() -> kafka.entered.get() > 0);
        clock.advance(Duration.ofSeconds(7));
        var second = settle(FIRST, 1, assignment);
        clock.advance(Duration.ofSeconds(1));
        assertThat(settler.unsettledFor()).isEqualTo(Duration.ofSeconds(8));

        kafka.gate.countDown();
        first.get(5, TimeUnit.SECONDS);
        second.get(5, TimeUnit.SECONDS);
        Awaitility.await().until(() -> settler.unsettledFor().isZero());
    }

    @Test
    void whatFinishesWhileATransactionRunsIsSettledInTheNextOne() throws Exception {
        List<CompletableFuture<Boolean>> all = behindATransaction(5, "outcome");

        for (var each : all) {
            assertThat(each.get(5, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(kafka.together).containsExactly(1, 5);
        assertThat(committed.get(FIRST)).isEqualTo(new OffsetAndMetadata(6, ""));
    }

    /** Else what piled up while Kafka was away would be too much for the time that a transaction has, for ever. */
    @Test
    void aTransactionHasBoundsInNumberAndBytes() throws Exception {
        behindATransaction(1_200, "outcome").getLast().get(5, TimeUnit.SECONDS);
        assertThat(kafka.together).containsExactly(1, 500, 500, 200);

        kafka.together.clear();
        settler.lost(List.of(FIRST));
        committed.clear();
        settler.assigned(List.of(FIRST));
        behindATransaction(5, "x".repeat(1_500_000)).getLast().get(5, TimeUnit.SECONDS);
        assertThat(kafka.together).containsExactly(1, 2, 2, 1);
    }

    /** So many of the records after the first finish while the first one's transaction runs. */
    private List<CompletableFuture<Boolean>> behindATransaction(int count, String outcome) {
        kafka.gate = new CountDownLatch(1);
        Assignment assignment = taken(FIRST, 0);
        kafka.entered.set(0);
        var _ = settle(FIRST, 0, assignment);
        Awaitility.await("the transaction runs").until(() -> kafka.entered.get() > 0);
        List<CompletableFuture<Boolean>> all = new ArrayList<>();
        for (int offset = 1; offset <= count; offset++) {
            taken(FIRST, offset);
            all.add(settle(FIRST, offset, assignment, outcome));
        }
        kafka.gate.countDown();
        return all;
    }

    @Test
    void whatIsRefusedIsTriedAgainUntilItIsSettled() throws Exception {
        kafka.refusals.set(3);
        Assignment assignment = taken(FIRST, 0);

        assertThat(settle(FIRST, 0, assignment).get(5, TimeUnit.SECONDS)).isTrue();

        assertThat(kafka.published).hasSize(1);
    }

    @Test
    void whatHasFinishedIsSettledBeforeItsPartitionGoes() throws Exception {
        kafka.gate = new CountDownLatch(1);
        Assignment assignment = taken(FIRST, 0);
        taken(FIRST, 1);
        var first = settle(FIRST, 0, assignment);
        var second = settle(FIRST, 1, assignment);

        Thread revocation = Thread.ofPlatform().start(() -> settler.revoked(List.of(FIRST)));
        Awaitility.await("it waits").until(() -> WAITS.contains(revocation.getState()));
        kafka.gate.countDown();
        assertThat(revocation.join(Duration.ofSeconds(5))).isTrue();

        assertThat(first.get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(second.get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(committed.get(FIRST)).isEqualTo(new OffsetAndMetadata(2, ""));
        assertThat(settler.owned()).containsExactly(SECOND);
    }

    @Test
    void whatFinishesAfterItsPartitionWentIsNotTold() throws Exception {
        Assignment assignment = taken(FIRST, 0);
        settler.lost(List.of(FIRST));

        assertThat(settle(FIRST, 0, assignment).get(5, TimeUnit.SECONDS)).isFalse();

        assertThat(kafka.published).isEmpty();
        assertThat(settler.accept(FIRST, 1)).isInstanceOf(Acceptance.AlreadySettled.class);
    }

    /** The partition came back meanwhile, and with it the record: its first handling has no say any more. */
    @Test
    void anEarlierStayOfThePartitionIsAnother() throws Exception {
        Assignment earlier = taken(FIRST, 0);
        settler.lost(List.of(FIRST));
        settler.assigned(List.of(FIRST));
        Assignment later = taken(FIRST, 0);

        assertThat(settle(FIRST, 0, earlier).get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(settle(FIRST, 0, later).get(5, TimeUnit.SECONDS)).isTrue();

        assertThat(kafka.published).hasSize(1);
    }

    @Test
    void aLostPartitionDoesNotHoldBackTheOthers() throws Exception {
        kafka.refusals.set(Integer.MAX_VALUE);
        var lost = settle(FIRST, 0, taken(FIRST, 0));
        var kept = settle(SECOND, 0, taken(SECOND, 0));
        Awaitility.await().until(() -> kafka.refusals.get() < Integer.MAX_VALUE);

        settler.lost(List.of(FIRST));
        kafka.refusals.set(0);

        assertThat(lost.get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(kept.get(5, TimeUnit.SECONDS)).isTrue();
        assertThat(kafka.published).containsExactly("render.jobs-1@0");
    }

    @Test
    void markersAtTheEndOfAnIdlePartitionAreCommittedWithoutAnOutcomeAndOnce() throws Exception {
        settle(FIRST, 0, taken(FIRST, 0)).get(5, TimeUnit.SECONDS);
        int transactions = kafka.entered.get();
        kafka.refusals.set(1);

        Awaitility.await().until(() -> {
            settler.reached(FIRST, 3);
            return new OffsetAndMetadata(3, "").equals(committed.get(FIRST));
        });
        settle(SECOND, 0, taken(SECOND, 0)).get(5, TimeUnit.SECONDS);
        int before = kafka.entered.get();
        assertThat(before - transactions)
                .as("one that failed, one, and the other outcome")
                .isGreaterThanOrEqualTo(3);
        settler.reached(FIRST, 3);
        settle(SECOND, 1, taken(SECOND, 1)).get(5, TimeUnit.SECONDS);
        assertThat(kafka.entered.get() - before).as("that of the outcome").isOne();
        assertThat(kafka.published).containsExactly("render.jobs-0@0", "render.jobs-1@0", "render.jobs-1@1");
        assertThat(settler.accept(FIRST, 2)).isInstanceOf(Acceptance.AlreadySettled.class);
    }

    /** The position passes the markers while the transaction runs that settles the last record, and its offset is chosen already. */
    @Test
    void markersThatAreReachedWhileTheLastRecordIsSettledAreCommittedToo() throws Exception {
        Assignment assignment = taken(FIRST, 0);
        kafka.gate = new CountDownLatch(1);
        var outcome = settle(FIRST, 0, assignment);
        Awaitility.await().until(() -> kafka.entered.get() > 0);
        settler.reached(FIRST, 3);
        kafka.gate.countDown();
        outcome.get(5, TimeUnit.SECONDS);
        assertThat(committed.get(FIRST)).isEqualTo(new OffsetAndMetadata(1, ""));

        settler.reached(FIRST, 3);

        Awaitility.await().until(() -> new OffsetAndMetadata(3, "").equals(committed.get(FIRST)));
    }

    @Test
    void aSuccessorSkipsWhatIsSettledBeyondTheGap() throws Exception {
        Assignment assignment = taken(FIRST, 0);
        taken(FIRST, 1);
        taken(FIRST, 2);
        assertThat(settle(FIRST, 1, assignment).get(5, TimeUnit.SECONDS)).isTrue();
        settler.revoked(List.of(FIRST));

        settler.assigned(List.of(FIRST));

        taken(FIRST, 0);
        assertThat(settler.accept(FIRST, 1)).isInstanceOf(Acceptance.AlreadySettled.class);
        taken(FIRST, 2);
    }

    @Test
    void aPartitionWithForeignMetadataIsRefusedAndTheOthersAreNot() {
        settler.lost(List.of(FIRST, SECOND));
        committed.put(FIRST, new OffsetAndMetadata(5, "committed by another program"));
        committed.put(SECOND, new OffsetAndMetadata(5, ""));

        assertThat(settler.assigned(List.of(FIRST, SECOND)).refused()).containsOnlyKeys(FIRST);
        assertThat(settler.owned()).containsExactly(SECOND);
    }

    /** The result is unknown, so it must not be retried here; the next owner reads it from the committed offsets. */
    @Test
    void aFailureThatNobodyForesawEndsTheWorkerAndHoldsNoJobUp() throws Exception {
        Assignment assignment = taken(FIRST, 0);
        taken(FIRST, 1);
        kafka.broken = true;

        assertThat(settle(FIRST, 0, assignment).get(5, TimeUnit.SECONDS)).isFalse();
        Awaitility.await().until(() -> gaveUp);
        kafka.broken = false;

        assertThat(settle(FIRST, 1, assignment).get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(settler.accept(FIRST, 2)).as("nothing more is begun").isInstanceOf(Acceptance.AlreadySettled.class);
        assertThat(kafka.published).isEmpty();
        assertThat(committed).isEmpty();
    }

    /** The consumer's own close lets it revoke its partitions once more. */
    @Test
    void afterSuchAFailureNothingIsSettledWhoeverAsks() throws Exception {
        kafka.gate = new CountDownLatch(1);
        Assignment assignment = taken(FIRST, 0);
        var outcome = settle(FIRST, 0, assignment);
        kafka.broken = true;
        kafka.gate.countDown();
        assertThat(outcome.get(5, TimeUnit.SECONDS)).isFalse();
        kafka.broken = false;

        settler.revoked(List.of(FIRST, SECOND));

        assertThat(settle(SECOND, 0, assignment).get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(kafka.published).isEmpty();
        assertThat(committed).isEmpty();
    }

    @Test
    void aFailureWhilePartitionsGoHoldsNoJobUpAndTellsNothingLater() throws Exception {
        settler.close();
        var outcome = settle(FIRST, 0, again(FIRST));
        kafka.broken = true;
        assertThatThrownBy(() -> settler.revoked(List.of(FIRST))).isInstanceOf(IllegalStateException.class);
        kafka.broken = false;

        settler.revoked(List.of(FIRST, SECOND));

        assertThat(outcome.get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(kafka.published).isEmpty();
    }

    /** Assigned again; only the test settles. */
    private Assignment again(TopicPartition partition) {
        assertThat(settler.assigned(List.of(partition)).refused()).isEmpty();
        return taken(partition, 0);
    }

    private Assignment taken(TopicPartition partition, long offset) {
        assertThat(settler.accept(partition, offset)).isInstanceOf(Acceptance.Accepted.class);
        return settler.accept(partition, offset) instanceof Acceptance.Accepted(var assignment)
                ? assignment
                : throwing();
    }

    private static Assignment throwing() {
        throw new AssertionError("not taken");
    }

    private CompletableFuture<Boolean> settle(TopicPartition partition, long offset, Assignment assignment) {
        return settle(partition, offset, assignment, partition + "@" + offset);
    }

    private CompletableFuture<Boolean> settle(
            TopicPartition partition, long offset, Assignment assignment, String outcome) {
        var record = new ConsumerRecord<>(partition.topic(), partition.partition(), offset, new byte[0], new byte[0]);
        var delivery = new Delivery(record, Map.of(), assignment);
        byte[] value = outcome.getBytes(StandardCharsets.UTF_8);
        return settler.finish(delivery, List.of(new ProducerRecord<>("render.events", value)))
                .settled();
    }
}
