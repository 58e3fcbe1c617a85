package dev.renderfleet.worker.settle;

import java.time.Instant;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

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
        Tenure tenure) {

    public Delivery {
        headers = Map.copyOf(headers);
    }

    /** A record's value, handed from Kafka to the decoder. */
    @SuppressWarnings("ArrayRecordComponent") // Passed on once, never compared.
    public record Bytes(byte[] array) {}

    /** One stay of a partition with this worker; another stay of the same partition is not equal to it. */
    public static final class Tenure {
        private final PartitionProgress progress;
        private volatile @Nullable OffsetAndMetadata committed;
        private volatile boolean over;

        /** @param committed what the former owner left; null if there was none */
        Tenure(PartitionProgress progress, @Nullable OffsetAndMetadata committed) {
            this.progress = progress;
            this.committed = committed;
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

        /** The newest commit; null if there was none yet. */
        @Nullable
        OffsetAndMetadata committed() {
            return committed;
        }

        void committed(OffsetAndMetadata now) {
            committed = now;
        }
    }

    /** Where it stands, as {@code topic/partition/offset}. */
    public String coordinates() {
        return partition.topic() + "/" + partition.partition() + "/" + offset;
    }
}
