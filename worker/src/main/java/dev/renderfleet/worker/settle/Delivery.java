package dev.renderfleet.worker.settle;

import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * One record of {@code render.jobs} in this worker's hands, from {@link Settler#arrive} until it is settled or its partition is lost.
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
        Assignment tenure) {

    public Delivery {
        headers = Map.copyOf(headers);
    }

    /** A record's value, handed from Kafka to the decoder. */
    @SuppressWarnings("ArrayRecordComponent") // Passed on once, never compared.
    public record Bytes(byte[] array) {}

    /** One stay of a partition with this worker; another stay of the same partition is not equal to it. */
    public static final class Assignment {
        private final PartitionProgress progress;
        private volatile boolean over;

        Assignment(PartitionProgress progress) {
            this.progress = progress;
        }

        /** Whether the partition is with another worker now, and what is in hand of it can be left to that one. */
        public boolean isOver() {
            return over;
        }

        void end() {
            over = true;
        }

        PartitionProgress progress() {
            return progress;
        }
    }

    /** Where it stands, as {@code topic/partition/offset}. */
    public String coordinates() {
        return partition.topic() + "/" + partition.partition() + "/" + offset;
    }
}
