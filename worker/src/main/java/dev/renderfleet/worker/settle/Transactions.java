package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.chaos.Chaos;
import dev.renderfleet.worker.chaos.Failpoint;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
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
import org.apache.kafka.common.errors.RetriableException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Outcomes and offsets in one Kafka transaction: both are visible to {@code read_committed} readers, or neither ever will be. Not
 * thread-safe; one transaction runs at a time.
 *
 * <p>When a commit is asked for and its answer is lost or is an error, nobody can tell from the error what became of it. Then the
 * producer is replaced, which ends the transaction one way or the other, and the group's offsets tell which: nobody but the
 * partitions' owner commits there, and each commit differs from the one before.
 */
final class Transactions implements OutcomePublisher {

    private static final Logger LOG = Logger.getLogger(Transactions.class);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

    private final Supplier<Producer<byte[], byte[]>> producers;
    private final StableOffsets committed;
    private final Chaos chaos;
    private @Nullable Producer<byte[], byte[]> producer;

    /** @param producers makes transactional producers that all have this worker's transactional id */
    Transactions(Supplier<Producer<byte[], byte[]>> producers, StableOffsets committed, Chaos chaos) {
        this.producers = producers;
        this.committed = committed;
        this.chaos = chaos;
    }

    @Override
    public Result publish(
            List<ProducerRecord<byte[], byte[]>> outcomes,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            ConsumerGroupMetadata member) {
        Producer<byte[], byte[]> current;
        try {
            current = ready();
            current.beginTransaction();
            for (ProducerRecord<byte[], byte[]> outcome : outcomes) {
                // The commit fails if this does.
                var _ = current.send(outcome);
            }
            chaos.at(Failpoint.SENT);
            current.sendOffsetsToTransaction(offsets, member);
            chaos.at(Failpoint.COMMITTING);
        } catch (KafkaException e) {
            abort();
            return new Result.NotPublished(e);
        }
        try {
            current.commitTransaction();
            return new Result.Published();
        } catch (KafkaException e) {
            LOG.warnf("no answer to a commit, looking for what became of it: %s", e.toString());
            return whatBecameOf(offsets, e);
        }
    }

    private Producer<byte[], byte[]> ready() {
        if (producer == null) {
            Producer<byte[], byte[]> fresh = producers.get();
            try {
                fresh.initTransactions();
            } catch (KafkaException e) {
                fresh.close(Duration.ZERO);
                throw e;
            }
            producer = fresh;
        }
        return producer;
    }

    private void abort() {
        if (producer == null) {
            return;
        }
        try {
            producer.abortTransaction();
        } catch (KafkaException | IllegalStateException e) {
            LOG.infof("a producer that cannot abort is replaced: %s", e.toString());
            discard();
        }
    }

    private Result whatBecameOf(Map<TopicPartition, OffsetAndMetadata> attempted, KafkaException cause) {
        discard();
        while (true) {
            try {
                ready();
                break;
            } catch (RetriableException e) {
                // Each try has waited for max.block.ms already.
                LOG.warnf("Kafka does not answer, the outcome of a commit is not known yet: %s", e.toString());
            }
        }
        Commits now = committed.stable(attempted.keySet());
        while (!now.undecided().isEmpty()) {
            LOG.warnf("the outcome of a commit is not known yet: %s are held by an open transaction", now.undecided());
            now = committed.stable(attempted.keySet());
        }
        Map<TopicPartition, OffsetAndMetadata> commits = now.commits();
        boolean done =
                attempted.entrySet().stream().allMatch(entry -> isSame(entry.getValue(), commits.get(entry.getKey())));
        return done ? new Result.Published() : new Result.NotPublished(cause);
    }

    private static boolean isSame(OffsetAndMetadata attempted, @Nullable OffsetAndMetadata now) {
        return now != null
                && now.offset() == attempted.offset()
                && now.metadata().equals(attempted.metadata());
    }

    private void discard() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(CLOSE_MAX);
        }
    }
}
