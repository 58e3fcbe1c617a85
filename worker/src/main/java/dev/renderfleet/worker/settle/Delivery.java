package dev.renderfleet.worker.settle;

import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * One record of {@code render.jobs} in flight, from {@link Settler#accept} until it is settled or its partition is revoked.
 *
 * @param headers the record's headers as UTF-8 text; of equal names the last
 * @param timestamp the record's own
 */
public record Delivery(
        Bytes value,
        Map<String, String> headers,
        TopicPartition partition,
        long offset,
        Instant timestamp,
        Assignment assignment) {

    public Delivery {
        headers = Map.copyOf(headers);
    }

    /** A record's value, handed from Kafka to the decoder. */
    @SuppressWarnings("ArrayRecordComponent") // Passed on once, never compared.
    public record Bytes(byte[] array) {}

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

        void revoke() {
            revoked = true;
        }

        PartitionProgress progress() {
            return progress;
        }
    }

    /** {@code topic/partition/offset}. */
    public String coordinates() {
        return partition.topic() + "/" + partition.partition() + "/" + offset;
    }
}
