package dev.renderfleet.worker.settle;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Tells outcomes and moves offsets on. Not thread-safe. */
public interface OutcomePublisher extends AutoCloseable {

    /**
     * Blocks until it is known whether both are done.
     *
     * @param after what shall be committed; of each partition something else than now
     */
    Result publish(
            List<ProducerRecord<byte[], byte[]>> outcomes,
            Map<TopicPartition, OffsetAndMetadata> after,
            ConsumerGroupMetadata member);

    @Override
    void close();

    /** What came of it. */
    sealed interface Result {
        /** The outcomes are told, the offsets moved on. */
        record Published() implements Result {}

        /** Nothing is visible; the same may be tried again as long as the partitions are owned. */
        record NotPublished(KafkaException cause) implements Result {}
    }
}
