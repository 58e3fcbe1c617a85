package dev.renderfleet.worker.settle;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** What the workers' group has committed. */
interface StableOffsets {

    /**
     * What no open transaction can change any more.
     *
     * @param commits by partition; one that has no commit is left out
     * @param undecided partitions whose commit nobody can tell, since a transaction stays open there
     */
    record Commits(Map<TopicPartition, OffsetAndMetadata> commits, Set<TopicPartition> undecided) {
        /** All is decided. */
        static Commits of(Map<TopicPartition, OffsetAndMetadata> commits) {
            return new Commits(commits, Set.of());
        }
    }

    /** Waits for open transactions, longer than any of a worker may take, and for Kafka however long it is away. */
    Commits stable(Collection<TopicPartition> partitions);

    /** The same without waiting for open transactions: what one may still change is undecided. */
    Commits now(Collection<TopicPartition> partitions);
}
