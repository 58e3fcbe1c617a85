package dev.renderfleet.worker.intake;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/**
 * Finds the record that is larger than this process's memory once it is unpacked, after a poll has failed for that reason. A poll unpacks many
 * records and does not say which.
 */
final class OversizedRecord {

    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(2);
    /** Of each partition: more than a poll returns. */
    private static final int RECORDS_MAX = 200;

    private OversizedRecord() {}

    /**
     * Reads each partition from these offsets on, one record at a time, until a poll fails again.
     *
     * @param reader returns one record a poll, and is of no group
     * @return topic, partition and offset of the record
     */
    static Optional<String> find(Consumer<byte[], byte[]> reader, Map<TopicPartition, Long> offsets) {
        for (Map.Entry<TopicPartition, Long> start : offsets.entrySet()) {
            TopicPartition partition = start.getKey();
            reader.assign(List.of(partition));
            reader.seek(partition, start.getValue());
            long next = start.getValue();
            try {
                for (int records = 0; records < RECORDS_MAX; records++) {
                    ConsumerRecords<byte[], byte[]> polled = reader.poll(POLL_TIMEOUT);
                    if (polled.isEmpty()) {
                        break;
                    }
                    for (ConsumerRecord<byte[], byte[]> record : polled) {
                        next = record.offset() + 1;
                    }
                }
            } catch (OutOfMemoryError _) {
                return Optional.of(
                        "topic=%s partition=%d offset=%d".formatted(partition.topic(), partition.partition(), next));
            }
        }
        return Optional.empty();
    }
}
