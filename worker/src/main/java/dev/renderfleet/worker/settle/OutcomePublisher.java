package dev.renderfleet.worker.settle;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Publishes outcomes and commits offsets. Not thread-safe. */
@FunctionalInterface
public interface OutcomePublisher extends AutoCloseable {

    /** Does what the first {@link #publish} would have to wait for. May fail without harm. */
    default void prepare() {}

    /**
     * Blocks until the result is known.
     *
     * @param after the offsets to commit; they differ from the committed ones for each partition
     */
    Result publish(
            List<ProducerRecord<byte[], byte[]>> outcomes,
            Map<TopicPartition, OffsetAndMetadata> after,
            ConsumerGroupMetadata member);

    @Override
    default void close() {}

    /** The result. */
    sealed interface Result {
        /** The outcomes are visible and the offsets committed. */
        record Published() implements Result {}

        /** Neither is visible. May be retried while the partitions are owned. */
        record NotPublished(KafkaException cause) implements Result {}
    }
}
