package dev.renderfleet.worker.settle;

import java.time.Instant;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * One record of {@code render.jobs} in flight, from {@link Settler#accept} until it is settled or its partition is revoked.
 *
 * @param record as Kafka delivered it: key, headers and value byte for byte, a tombstone with a null value
 * @param headers the record's headers as UTF-8 text, for decoding; of equal names the last
 */
public record Delivery(ConsumerRecord<byte[], byte[]> record, Map<String, String> headers, Assignment assignment) {

    public Delivery {
        headers = Map.copyOf(headers);
    }

    /** One assignment of a partition. Compared by identity, so a reassignment invalidates earlier deliveries. */
    public static final class Assignment {
        private final PartitionProgress progress;
        private volatile boolean revoked;

        Assignment(PartitionProgress progress) {
            this.progress = progress;
        }

        /** Whether the partition may belong to another worker now, which gets its open records. */
        public boolean isRevoked() {
            return revoked;
        }

        /** Settles a record that Kafka has deleted, without an outcome; it is committed with the next one. */
        public void deleted(long offset) {
            progress.deleted(offset);
        }

        void revoke() {
            revoked = true;
        }

        PartitionProgress progress() {
            return progress;
        }
    }

    /** The record's partition. */
    public TopicPartition partition() {
        return new TopicPartition(record.topic(), record.partition());
    }

    /** The record's offset. */
    public long offset() {
        return record.offset();
    }

    /** The record's own. */
    public Instant timestamp() {
        return Instant.ofEpochMilli(record.timestamp());
    }

    /** {@code topic/partition/offset}. */
    public String coordinates() {
        return record.topic() + "/" + record.partition() + "/" + record.offset();
    }
}
