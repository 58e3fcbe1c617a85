package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.chaos.Chaos;
import dev.renderfleet.worker.chaos.Failpoint;
import dev.renderfleet.worker.render.Pause;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * partitions' owner commits there, and each commit differs from the one before. So one offset that is as it was to be tells that all are.
 */
final class Transactions implements OutcomePublisher {

    private static final Logger LOG = Logger.getLogger(Transactions.class);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
    /** Five seconds. A broker takes less to read the offsets of a group. */
    private static final int LOOKS_MAX = 25;

    private final Supplier<Producer<byte[], byte[]>> producers;
    private final StableOffsets committed;
    private final Pause pause;
    private final Chaos chaos;
    /** The newest commits that are known to have been made here. */
    private final Map<TopicPartition, OffsetAndMetadata> latest = new HashMap<>();

    private @Nullable Producer<byte[], byte[]> producer;

    /** @param producers makes transactional producers that all have this worker's transactional id */
    Transactions(Supplier<Producer<byte[], byte[]>> producers, StableOffsets committed, Pause pause, Chaos chaos) {
        this.producers = producers;
        this.committed = committed;
        this.pause = pause;
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
            latest.putAll(offsets);
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
        for (int looks = 1; ; looks++) {
            Commits now = committed.stable(attempted.keySet());
            if (!now.undecided().isEmpty()) {
                LOG.warnf(
                        "the outcome of a commit is not known yet: %s are held by an open transaction",
                        now.undecided());
            } else if (anySame(attempted, now.commits())) {
                latest.putAll(attempted);
                return new Result.Published();
            } else if (isAsBefore(attempted.keySet(), now.commits()) || looks >= LOOKS_MAX) {
                return new Result.NotPublished(cause);
            } else {
                // Another worker's by now; or a coordinator that answers before it has read all of its log (ADR 9).
                pause.pause(BETWEEN_LOOKS);
            }
        }
    }

    private static boolean anySame(
            Map<TopicPartition, OffsetAndMetadata> attempted, Map<TopicPartition, OffsetAndMetadata> now) {
        return attempted.entrySet().stream().anyMatch(entry -> isSame(entry.getValue(), now.get(entry.getKey())));
    }

    /** Nothing can be said of a partition that was not settled here before. */
    private boolean isAsBefore(Set<TopicPartition> partitions, Map<TopicPartition, OffsetAndMetadata> now) {
        return partitions.stream().allMatch(partition -> {
            OffsetAndMetadata before = latest.get(partition);
            return before == null || isSame(before, now.get(partition));
        });
    }

    private static boolean isSame(OffsetAndMetadata one, @Nullable OffsetAndMetadata other) {
        return other != null && one.offset() == other.offset() && one.metadata().equals(other.metadata());
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
