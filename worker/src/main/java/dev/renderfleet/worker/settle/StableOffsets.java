package dev.renderfleet.worker.settle;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** What the workers' group has committed. */
@FunctionalInterface
interface StableOffsets {

    /**
     * The commits as no open transaction can change them any more; waits for it, however long Kafka is away. Partitions without a commit
     * are left out.
     */
    Map<TopicPartition, OffsetAndMetadata> stable(Collection<TopicPartition> partitions);
}
