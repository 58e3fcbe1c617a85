package dev.renderfleet.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class OversizedRecordTest {

    private static final TopicPartition SOUND = new TopicPartition("render.jobs", 0);
    private static final TopicPartition OTHER = new TopicPartition("render.jobs", 1);

    /** As a consumer behaves that unpacks one record a poll. */
    private static final class Reader extends MockConsumer<byte[], byte[]> {
        private final long oversized;
        private long position;

        Reader(long oversized) {
            super("earliest");
            this.oversized = oversized;
        }

        @Override
        public synchronized void seek(TopicPartition partition, long offset) {
            position = offset;
        }

        @Override
        public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            TopicPartition partition = assignment().iterator().next();
            if (partition.equals(OTHER) && position == oversized) {
                throw new OutOfMemoryError("Java heap space");
            }
            if (position >= 50) {
                return ConsumerRecords.empty();
            }
            var record =
                    new ConsumerRecord<>(partition.topic(), partition.partition(), position, new byte[0], new byte[0]);
            position++;
            return new ConsumerRecords<>(Map.of(partition, List.of(record)), Map.of());
        }
    }

    @Test
    void namesThePartitionAndTheOffset() {
        assertThat(OversizedRecord.find(new Reader(47), Map.of(SOUND, 3L, OTHER, 7L)))
                .contains("topic=render.jobs partition=1 offset=47");
    }

    @Test
    void namesNoneIfEveryRecordIsRead() {
        assertThat(OversizedRecord.find(new Reader(1_000), Map.of(SOUND, 3L, OTHER, 7L)))
                .isEmpty();
    }
}
