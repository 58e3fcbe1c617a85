package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.worker.ledger.FinalOutcomes;
import dev.renderfleet.worker.ledger.Membership.MemberStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What is committed of a partition decides where its next owner begins, whoever committed it and whatever hides it. With a broker
 * of its own, for both classes are long.
 */
@Timeout(300)
class CommittedOffsetsIT extends SettlementScenario {

    private static final int HANGS_ONE_IN = 16;
    private static final int LONG_METADATA_CHARS = 3_900;
    private static final Duration DEAD_TRANSACTION = Duration.ofSeconds(5);

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

    /** By this a worker decides whether an event that comes again is a replay. */
    @Test
    void anOutcomeCountsAsPublishedOnceItsTransactionIsCommitted() {
        RenderEvent outcome = FinalOutcomes.completed(Instant.now());
        String record = "render.jobs/0/" + run;
        var event = new ProducerRecord<>(Topics.EVENTS, bytes(run), bytes("an event"));
        event.headers().add(CloudEvents.ID, bytes(CloudEvents.eventId(outcome, record)));
        try (var clients = new KafkaClients(settings(), "lookup/" + run);
                var lookup = new EventLookup(clients::eventReader, InstantSource.system());
                var producer = broker.producer(Map.of("transactional.id", "renderfleet/lookup/" + run))) {
            producer.initTransactions();
            producer.beginTransaction();
            var _ = producer.send(event);
            producer.flush();
            assertThat(lookup.has(outcome, record, Instant.now())).as("open").isFalse();
            producer.abortTransaction();
            assertThat(lookup.has(outcome, record, Instant.now())).as("aborted").isFalse();

            producer.beginTransaction();
            var _ = producer.send(event);
            producer.commitTransaction();
            await("it is committed").until(() -> lookup.has(outcome, record, Instant.now()));
        }
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

    /** All is settled but every sixteenth record, which hangs: what is to be remembered of the partition is as long as it may be. */
    @Test
    @Tag("long")
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
}
