package dev.renderfleet.worker.settle;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Reads the committed offsets of the workers' group. */
interface StableOffsets {

    /**
     * Offsets that no open transaction can change.
     *
     * @param commits by partition; partitions without commit are absent
     * @param undecided partitions whose offsets an open transaction may change
     */
    record Commits(Map<TopicPartition, OffsetAndMetadata> commits, Set<TopicPartition> undecided) {
        /** No partition is undecided. */
        static Commits of(Map<TopicPartition, OffsetAndMetadata> commits) {
            return new Commits(commits, Set.of());
        }
    }

    /** Waits half a minute for open transactions, longer than a worker's can last, and without bound for Kafka to answer. */
    Commits stable(Collection<TopicPartition> partitions);

    /** The same without waiting for open transactions. */
    Commits now(Collection<TopicPartition> partitions);
}
