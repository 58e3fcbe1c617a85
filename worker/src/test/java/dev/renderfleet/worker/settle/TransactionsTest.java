package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.settle.Delivery.Assignment;
import dev.renderfleet.worker.settle.OutcomePublisher.Result;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TransactionsTest {

    private static final TopicPartition PARTITION = new TopicPartition("render.jobs", 0);
    private static final Map<TopicPartition, OffsetAndMetadata> OFFSETS =
            Map.of(PARTITION, new OffsetAndMetadata(7, "rf2.AAIDAZwC"));
    private static final List<ProducerRecord<byte[], byte[]>> OUTCOMES =
            List.of(new ProducerRecord<>("render.events", new byte[] {1}, new byte[] {2}));
    private static final ConsumerGroupMetadata MEMBER = new ConsumerGroupMetadata(ConsumerGroups.WORKERS);

    private final Deque<MockProducer<byte[], byte[]>> toBeMade = new ArrayDeque<>();
    private final List<MockProducer<byte[], byte[]>> made = new ArrayList<>();
    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    private final List<Runnable> duringWaits = new ArrayList<>();
    private final Set<TopicPartition> undecided = new HashSet<>();
    private int waits;
    private final Transactions transactions = new Transactions(
            this::make,
            new KnownOffsets(() -> new Commits(Map.copyOf(committed), undecided)),
            this::pause,
            Failpoints.NONE);

    @Test
    void outcomesAndOffsetsAreCommittedTogether() {
        var producer = next();

        assertThat(publish()).isInstanceOf(Result.Published.class);

        assertThat(producer.history()).hasSize(1);
        assertThat(producer.consumerGroupOffsetsHistory()).hasSize(1);
        assertThat(producer.transactionCommitted()).isTrue();
    }

    @Test
    void preparesTheProducerOfTheFirstTransaction() {
        var producer = next();

        transactions.prepare();

        assertThat(producer.transactionInitialized()).isTrue();
        assertThat(publish()).isInstanceOf(Result.Published.class);
        assertThat(made).hasSize(1);
    }

    /** In the middle of a rebalance the group refuses the offsets of an earlier generation. */
    @Test
    void refusedOffsetsAbortTheOutcomesToo() {
        var producer = next();
        producer.sendOffsetsToTransactionException = new CommitFailedException("stale");

        assertThat(publish()).isInstanceOf(Result.NotPublished.class);
        assertThat(producer.history()).isEmpty();
        assertThat(producer.transactionAborted()).isTrue();

        producer.sendOffsetsToTransactionException = null;
        assertThat(publish()).isInstanceOf(Result.Published.class);
        assertThat(made).as("the producer is as good as before").hasSize(1);
        assertThat(producer.history()).hasSize(1);
    }

    @Test
    void aProducerThatCannotAbortIsReplaced() {
        var producer = next();
        producer.sendOffsetsToTransactionException = new InvalidProducerEpochException("the transaction timed out");
        producer.abortTransactionException = new ProducerFencedException("too late");
        var replacement = next();

        assertThat(publish()).isInstanceOf(Result.NotPublished.class);
        assertThat(publish()).isInstanceOf(Result.Published.class);

        assertThat(producer.closed()).isTrue();
        assertThat(replacement.history()).hasSize(1);
    }

    @Test
    void aCommitWhoseAnswerIsLostCountsIfTheGroupHasTheOffsets() {
        next().commitTransactionException = new TimeoutException("no answer");
        var replacement = next();
        committed.putAll(OFFSETS);

        assertThat(publish()).isInstanceOf(Result.Published.class);

        assertThat(made).hasSize(2);
        assertThat(replacement.transactionInitialized())
                .as("which ends what was open")
                .isTrue();
        assertThat(replacement.history()).isEmpty();
    }

    @Test
    void aCommitWhoseAnswerIsLostIsMadeAgainIfTheGroupHasOtherOffsets() {
        next().commitTransactionException = new InvalidProducerEpochException("who knows");
        var replacement = next();
        committed.put(PARTITION, new OffsetAndMetadata(7, ""));

        assertThat(publish()).isInstanceOf(Result.NotPublished.class);
        assertThat(publish()).isInstanceOf(Result.Published.class);

        assertThat(replacement.history()).hasSize(1);
    }

    /** One transaction moves several partitions, and some may be another worker's by the time that the group is asked. */
    @Test
    void aCommitWhoseAnswerIsLostCountsAlsoWhereOthersHaveMovedOn() {
        next().commitTransactionException = new TimeoutException("no answer");
        var replacement = next();
        var another = new TopicPartition("render.jobs", 1);
        committed.putAll(OFFSETS);
        committed.put(another, new OffsetAndMetadata(12, ""));

        Result result = transactions.publish(
                OUTCOMES, Map.of(PARTITION, OFFSETS.get(PARTITION), another, new OffsetAndMetadata(9, "")), MEMBER);

        assertThat(result).isInstanceOf(Result.Published.class);
        assertThat(replacement.history()).isEmpty();
    }

    /** A coordinator that became active while it was reading its log knows what was committed long ago. */
    @Test
    void whatTheGroupHadLongBeforeIsNotBelieved() {
        next().commitTransactionException = new TimeoutException("no answer");
        next();
        duringWaits.add(() -> committed.put(PARTITION, new OffsetAndMetadata(3, "")));
        duringWaits.add(() -> committed.putAll(OFFSETS));

        assertThat(publish()).isInstanceOf(Result.Published.class);
        assertThat(waits).isEqualTo(2);
    }

    /** The same coordinator knew everything but the last commit, and would have published its outcomes a second time. */
    @Test
    void whatTheGroupHadJustBeforeIsNotBelievedAtOnce() {
        next().commitTransactionException = new TimeoutException("no answer");
        next();
        committed.put(PARTITION, new OffsetAndMetadata(7, ""));
        duringWaits.add(() -> committed.putAll(OFFSETS));

        assertThat(publish()).isInstanceOf(Result.Published.class);
        assertThat(waits).isEqualTo(1);
    }

    @Test
    void offsetsThatNobodyExpectsAreNotWaitedForLong() {
        next().commitTransactionException = new TimeoutException("no answer");
        next();
        committed.put(PARTITION, new OffsetAndMetadata(12, ""));

        assertThat(publish()).isInstanceOf(Result.NotPublished.class);
        assertThat(waits).isPositive();
    }

    /** Else the whole worker would settle nothing any more, with all its partitions. */
    @Test
    void aCommitThatNobodyCanDecideIsNotWaitedForEver() {
        next().commitTransactionException = new TimeoutException("no answer");
        next();
        undecided.add(PARTITION);

        assertThatThrownBy(this::publish)
                .isInstanceOf(KafkaException.class)
                .hasMessageContaining("commit result unknown")
                .hasRootCauseInstanceOf(TimeoutException.class);
    }

    /** The name of a single broker may be gone while it is. */
    @Test
    void aKafkaThatHasNoAddressWhileACommitIsUnknownIsWaitedFor() {
        next().commitTransactionException = new TimeoutException("no answer");
        next().initTransactionException = new KafkaException("Failed to construct kafka producer");
        next();
        committed.putAll(OFFSETS);

        assertThat(publish()).isInstanceOf(Result.Published.class);
        assertThat(made).hasSize(3);
    }

    @Test
    void aKafkaThatIsAwayAtTheStartIsTriedAgain() {
        var away = next();
        away.initTransactionException = new TimeoutException("no broker");
        next();

        assertThat(publish()).isInstanceOf(Result.NotPublished.class);
        assertThat(publish()).isInstanceOf(Result.Published.class);
        assertThat(away.closed()).isTrue();
    }

    /**
     * Another process has this worker's transactional id, or this worker has lost its write permission: the outcome of the commit stays
     * unknown, so that continuing would publish outcomes a second time.
     */
    @ParameterizedTest
    @MethodSource("fenced")
    void aWorkerThatIsFencedWhileACommitIsUnknownEndsAndPublishesNothingTwice(
            KafkaException commit, KafkaException replacement) throws Exception {
        next().commitTransactionException = commit;
        next().initTransactionException = replacement;
        next();
        next();
        var gaveUp = new CountDownLatch(1);
        var settler = new Settler(
                transactions,
                new KnownOffsets(() -> Commits.of(Map.of())),
                Failpoints.NONE,
                _ -> true,
                gaveUp::countDown,
                InstantSource.system());
        settler.member(MEMBER);
        settler.assigned(List.of(PARTITION));
        Assignment assignment =
                settler.accept(PARTITION, 0) instanceof Acceptance.Accepted(var taken) ? taken : fail("not taken");
        committed.put(PARTITION, new OffsetAndMetadata(1, ""));
        settler.start();

        var finished = settler.finish(
                new Delivery(
                        new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), 0, new byte[0], new byte[0]),
                        Map.of(),
                        assignment),
                OUTCOMES);

        assertThat(finished.settled().get(20, TimeUnit.SECONDS))
                .as("what others find in the ledger")
                .isFalse();
        assertThat(gaveUp.await(20, TimeUnit.SECONDS)).isTrue();
        settler.revoked(List.of(PARTITION));
        settler.close();
        assertThat(made).hasSize(2).allSatisfy(producer -> {
            assertThat(producer.history()).isEmpty();
            assertThat(producer.closed()).isTrue();
        });
    }

    /** The answer to a commit, and what its producer's replacement hears; Kafka's client says "fenced" for an epoch of long ago too. */
    static Stream<Arguments> fenced() {
        var lost = new TimeoutException("no answer");
        var old = new InvalidProducerEpochException("too late");
        var fenced = new ProducerFencedException("another has the id");
        return Stream.of(
                arguments(lost, fenced),
                arguments(old, fenced),
                arguments(fenced, fenced),
                arguments(lost, new TransactionalIdAuthorizationException("not yours")),
                arguments(lost, new ClusterAuthorizationException("not here")),
                arguments(lost, new SaslAuthenticationException("who are you")));
    }

    private Result publish() {
        return transactions.publish(OUTCOMES, OFFSETS, MEMBER);
    }

    private boolean pause(Duration wait) {
        if (waits < duringWaits.size()) {
            duringWaits.get(waits).run();
        }
        waits++;
        return true;
    }

    private MockProducer<byte[], byte[]> next() {
        var producer = new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        toBeMade.add(producer);
        return producer;
    }

    private MockProducer<byte[], byte[]> make() {
        var producer = toBeMade.remove();
        made.add(producer);
        return producer;
    }
}
