package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.chaos.Chaos;
import dev.renderfleet.worker.chaos.Failpoint;
import dev.renderfleet.worker.job.Pause;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Outcomes and offsets in one Kafka transaction: both are visible to {@code read_committed} readers, or neither ever will be. Not
 * thread-safe; one transaction runs at a time.
 *
 * <p>When a commit is asked for and its answer is lost or is an error, nobody can tell from the error what became of it. Then the
 * producer is replaced, which ends the transaction one way or the other, and the group's offsets tell which: nobody but the
 * partitions' owner commits there, and each commit differs from the one before. So one offset that is as it was to be tells that all are.
 *
 * <p>A broker that goes may answer a commit and forget it, and what the same producer writes next joins what was left open: an abort
 * of the one would take the other with it. Two producers in turn, and a look before either is used again once a connection was lost, keep
 * them apart (ADR 6).
 */
final class Transactions implements OutcomePublisher {

    private static final Logger LOG = Logger.getLogger(Transactions.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
    /** Five seconds. A broker takes less to read the offsets of a group. */
    private static final int LOOKS_MAX = 25;

    /** Half a minute each. */
    private static final int UNDECIDED_MAX = 2;

    private final TransactionalProducer[] inTurn;
    private final BooleanSupplier over;
    private final StableOffsets committed;
    private final Pause pause;
    private final Chaos chaos;
    private int turn;
    /** Whether Kafka may not have done with the last transactions: one failed, or a connection was lost. */
    private boolean doubtful;

    /**
     * @param first makes transactional producers that all have this worker's first transactional id
     * @param second the same with its second
     * @param over whether Kafka has done with the last transactions of both ids; throws {@link KafkaException} if it never will
     */
    Transactions(
            Supplier<Producer<byte[], byte[]>> first,
            Supplier<Producer<byte[], byte[]>> second,
            BooleanSupplier over,
            StableOffsets committed,
            Pause pause,
            Chaos chaos) {
        this.inTurn = new TransactionalProducer[] {new TransactionalProducer(first), new TransactionalProducer(second)};
        this.over = over;
        this.committed = committed;
        this.pause = pause;
        this.chaos = chaos;
    }

    @Override
    public Result publish(
            List<ProducerRecord<byte[], byte[]>> outcomes,
            Map<TopicPartition, OffsetAndMetadata> after,
            ConsumerGroupMetadata member) {
        TransactionalProducer mine = inTurn[turn];
        Producer<byte[], byte[]> current;
        try {
            current = mine.ready();
        } catch (KafkaException e) {
            return new Result.NotPublished(e);
        }
        if (!mayBegin()) {
            return new Result.NotPublished(new KafkaException("Kafka has not done with the last transaction yet"));
        }
        try {
            current.beginTransaction();
            for (ProducerRecord<byte[], byte[]> outcome : outcomes) {
                // The commit fails if this does.
                var _ = current.send(outcome);
            }
            chaos.at(Failpoint.SENT);
            current.sendOffsetsToTransaction(after, member);
            chaos.at(Failpoint.COMMITTING);
        } catch (KafkaException e) {
            doubtful = true;
            mine.abort();
            return new Result.NotPublished(e);
        }
        try {
            current.commitTransaction();
            turn = (turn + 1) % inTurn.length;
            return new Result.Published();
        } catch (KafkaException e) {
            doubtful = true;
            LOG.warnf("no answer to a commit, looking for what became of it: %s", e.toString());
            return whatBecameOf(mine, after, e);
        }
    }

    private boolean mayBegin() {
        for (TransactionalProducer each : inTurn) {
            doubtful |= each.hasLostConnections();
        }
        if (doubtful) {
            doubtful = !over.getAsBoolean();
        }
        return !doubtful;
    }

    private Result whatBecameOf(
            TransactionalProducer mine, Map<TopicPartition, OffsetAndMetadata> after, KafkaException cause) {
        mine.discard();
        while (true) {
            try {
                mine.ready();
                break;
            } catch (ProducerFencedException | AuthorizationException | AuthenticationException e) {
                throw e;
            } catch (KafkaException e) {
                LOG.warnf("Kafka does not answer, the outcome of a commit is not known yet: %s", e.toString());
                pause.pause(BETWEEN_LOOKS);
            }
        }
        int undecided = 0;
        for (int looks = 1; ; looks++) {
            Commits now = committed.stable(after.keySet());
            if (!now.undecided().isEmpty()) {
                LOG.warnf(
                        "the outcome of a commit is not known yet: %s are held by an open transaction",
                        now.undecided());
                undecided++;
                if (undecided == UNDECIDED_MAX) {
                    // The next owner refuses these partitions; to go on here would keep the others waiting as well.
                    throw new KafkaException("nobody can tell what became of a commit: " + now.undecided(), cause);
                }
            } else if (anySame(after, now.commits())) {
                return new Result.Published();
            } else if (looks >= LOOKS_MAX) {
                return new Result.NotPublished(cause);
            } else {
                // A coordinator may answer before it has read all of its log (ADR 9): also what is as before is not
                // believed at once.
                pause.pause(BETWEEN_LOOKS);
            }
        }
    }

    private static boolean anySame(
            Map<TopicPartition, OffsetAndMetadata> after, Map<TopicPartition, OffsetAndMetadata> now) {
        return after.entrySet().stream().anyMatch(entry -> isSame(entry.getValue(), now.get(entry.getKey())));
    }

    private static boolean isSame(@Nullable OffsetAndMetadata one, @Nullable OffsetAndMetadata other) {
        if (one == null || other == null) {
            return one == null && other == null;
        }
        return one.offset() == other.offset() && one.metadata().equals(other.metadata());
    }

    @Override
    public void close() {
        try {
            inTurn[0].close();
        } finally {
            inTurn[1].close();
        }
    }
}
