package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.chaos.Chaos;
import dev.renderfleet.worker.chaos.Failpoint;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import dev.renderfleet.worker.storage.Pause;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
 * OutcomeEvents and offsets in one Kafka transaction: both are visible to {@code read_committed} readers, or neither ever will be. Not
 * thread-safe; one transaction runs at a time.
 *
 * <p>When a commit is asked for and its answer is lost or is an error, nobody can tell from the error what became of it. Then the
 * producer is replaced, which ends the transaction one way or the other, and the group's offsets tell which: nobody but the
 * partitions' owner commits there, and each commit differs from the one before. So one offset that is as it was to be tells that all are.
 */
final class Transactions implements OutcomePublisher {

    private static final Logger LOG = Logger.getLogger(Transactions.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
    /** Five seconds. A broker takes less to read the offsets of a group. */
    private static final int LOOKS_MAX = 25;

    /** Half a minute each. */
    private static final int UNDECIDED_MAX = 2;

    private final TransactionalProducer producer;
    private final StableOffsets committed;
    private final Pause pause;
    private final Chaos chaos;

    /** @param producers makes transactional producers that all have this worker's transactional id */
    Transactions(Supplier<Producer<byte[], byte[]>> producers, StableOffsets committed, Pause pause, Chaos chaos) {
        this.producer = new TransactionalProducer(producers);
        this.committed = committed;
        this.pause = pause;
        this.chaos = chaos;
    }

    @Override
    public Result publish(
            List<ProducerRecord<byte[], byte[]>> outcomes,
            Map<TopicPartition, OffsetAndMetadata> after,
            ConsumerGroupMetadata member) {
        Producer<byte[], byte[]> current;
        try {
            current = producer.ready();
        } catch (KafkaException e) {
            return new Result.NotPublished(e);
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
            producer.abort();
            return new Result.NotPublished(e);
        }
        try {
            current.commitTransaction();
            return new Result.Published();
        } catch (KafkaException e) {
            LOG.warnf("no answer to a commit, looking for what became of it: %s", e.toString());
            return whatBecameOf(after, e);
        }
    }

    private Result whatBecameOf(Map<TopicPartition, OffsetAndMetadata> after, KafkaException cause) {
        producer.discard();
        while (true) {
            try {
                producer.ready();
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
        producer.close();
    }
}
