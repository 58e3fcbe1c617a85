package dev.renderfleet.worker.intake;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;

/** A consumer of logs in memory, which it reads from any position, a few records at a time. */
final class LogConsumer extends MockConsumer<byte[], byte[]> {

    private static final int RECORDS_PER_POLL = 7;

    private final Map<TopicPartition, NavigableMap<Long, ConsumerRecord<byte[], byte[]>>> logs =
            new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> ends = new ConcurrentHashMap<>();
    final Set<TopicPartition> unavailable = ConcurrentHashMap.newKeySet();

    LogConsumer() {
        super("earliest");
    }

    void append(ConsumerRecord<byte[], byte[]> record) {
        log(new TopicPartition(record.topic(), record.partition())).put(record.offset(), record);
    }

    void delete(TopicPartition partition, long offset) {
        log(partition).remove(offset);
    }

    private NavigableMap<Long, ConsumerRecord<byte[], byte[]>> log(TopicPartition partition) {
        return logs.computeIfAbsent(partition, _ -> new TreeMap<>());
    }

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> read = new HashMap<>();
        for (TopicPartition partition : assignment()) {
            if (unavailable.contains(partition)) {
                continue;
            }
            List<ConsumerRecord<byte[], byte[]>> records = log(partition).tailMap(position(partition)).values().stream()
                    .limit(RECORDS_PER_POLL)
                    .toList();
            if (!records.isEmpty()) {
                read.put(partition, new ArrayList<>(records));
            }
            // As after an offset reset, where nothing is left.
            seek(
                    partition,
                    records.isEmpty()
                            ? Math.max(position(partition), end(partition))
                            : records.getLast().offset() + 1);
        }
        return new ConsumerRecords<>(read, Map.of());
    }

    private long end(TopicPartition partition) {
        return ends.getOrDefault(partition, 0L);
    }

    /** The offset after the last record that the partition ever had. */
    void end(TopicPartition partition, long offset) {
        ends.put(partition, offset);
    }

    @Override
    public void close(CloseOptions options) {
        // So that a test may look at it afterwards.
    }
}
