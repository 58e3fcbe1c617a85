package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import dev.renderfleet.worker.storage.Pause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Publishes outcomes and commits offsets in one Kafka transaction: {@code read_committed} readers see both or neither. Not
 * thread-safe; one transaction runs at a time.
 *
 * <p>An error in answer to a commit leaves its result open. Then the producer is replaced, which completes or aborts the transaction,
 * and the group's offsets show which: only the owner commits a partition, and each commit differs from the one before. So one offset
 * that equals the one to be committed shows that the transaction was committed.
 */
final class Transactions implements OutcomePublisher {

    private static final Logger LOG = Logger.getLogger(Transactions.class);
    private static final Duration RETRY_DELAY = Duration.ofMillis(200);
    /** Five seconds: longer than a coordinator needs to load a group. */
    private static final int READS_MAX = 25;

    /** Half a minute each. */
    private static final int UNDECIDED_MAX = 2;

    private final TransactionalProducer producer;
    private final StableOffsets committed;
    private final Pause pause;
    private final Failpoints failpoints;

    /** @param producers makes producers with this worker's transactional id */
    Transactions(
            Supplier<Producer<byte[], byte[]>> producers, StableOffsets committed, Pause pause, Failpoints failpoints) {
        this.producer = new TransactionalProducer(producers);
        this.committed = committed;
        this.pause = pause;
        this.failpoints = failpoints;
    }

    @Override
    public void prepare() {
        try {
            producer.ready();
        } catch (KafkaException e) {
            LOG.debugf("no producer yet, cause=%s", e.toString());
        }
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
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (ProducerRecord<byte[], byte[]> outcome : outcomes) {
                sent.add(current.send(outcome));
            }
            failpoints.at(Failpoint.SENT);
            current.sendOffsetsToTransaction(after, member);
            // A failed send would fail the commit too, whose result would then count as unknown.
            current.flush();
            requireWritten(sent);
            failpoints.at(Failpoint.COMMITTING);
        } catch (KafkaException e) {
            producer.abort();
            return new Result.NotPublished(e);
        }
        try {
            current.commitTransaction();
            return new Result.Published();
        } catch (KafkaException e) {
            LOG.warnf("commit result unknown, reading the group's offsets, cause=%s", e.toString());
            return resultOf(after, e);
        }
    }

    /** All sends have ended. Throws a refusal of a record if there is one, else the first failure. */
    private static void requireWritten(List<Future<RecordMetadata>> sent) {
        List<Throwable> failures = sent.stream()
                .filter(future -> future.state() == Future.State.FAILED)
                .map(Future::exceptionNow)
                .toList();
        if (!failures.isEmpty()) {
            Throwable cause = failures.stream()
                    .filter(WriteFailure::isRefusal)
                    .findFirst()
                    .orElse(failures.getFirst());
            throw new KafkaException("records not written", cause);
        }
    }

    private Result resultOf(Map<TopicPartition, OffsetAndMetadata> after, KafkaException cause) {
        producer.discard();
        while (true) {
            try {
                producer.ready();
                break;
            } catch (ProducerFencedException | AuthorizationException | AuthenticationException e) {
                throw e;
            } catch (KafkaException e) {
                LOG.warnf("commit result unknown, Kafka does not answer, cause=%s", e.toString());
                pause.pause(RETRY_DELAY);
            }
        }
        int undecided = 0;
        for (int reads = 1; ; reads++) {
            Commits now = committed.stable(after.keySet());
            if (!now.undecided().isEmpty()) {
                LOG.warnf("commit result unknown, offsets held by an open transaction, partitions=%s", now.undecided());
                undecided++;
                if (undecided == UNDECIDED_MAX) {
                    // The next owner refuses these partitions. To go on waiting here would block all others.
                    throw new KafkaException(
                            "commit result unknown, a transaction stays open: " + now.undecided(), cause);
                }
            } else if (anySame(after, now.commits())) {
                return new Result.Published();
            } else if (reads >= READS_MAX) {
                return new Result.NotPublished(cause);
            } else {
                // A coordinator may answer before it has loaded its whole log (ADR 9): also unchanged offsets are read
                // again.
                pause.pause(RETRY_DELAY);
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
