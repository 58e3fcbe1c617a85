package dev.renderfleet.worker.settle;

import dev.renderfleet.contracts.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Counts events by job and dead letters by text, as a {@code read_committed} consumer reads them from its creation on. */
final class CommittedEvents implements AutoCloseable {

    private final KafkaConsumer<byte[], byte[]> committed;
    private final KafkaConsumer<byte[], byte[]> uncommitted;
    private final List<TopicPartition> partitions;
    private final Map<String, Integer> counts = new HashMap<>();

    CommittedEvents(String servers) {
        committed = reader(servers, IsolationLevel.READ_COMMITTED);
        uncommitted = reader(servers, IsolationLevel.READ_UNCOMMITTED);
        partitions = Stream.of(Topics.EVENTS, Topics.JOBS_DLQ)
                .flatMap(topic -> committed.partitionsFor(topic).stream())
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
        committed.assign(partitions);
        committed.seekToEnd(partitions);
        partitions.forEach(committed::position);
    }

    /** Number of occurrences so far. */
    Map<String, Integer> counts() {
        for (ConsumerRecord<byte[], byte[]> each : committed.poll(Duration.ofMillis(100))) {
            byte[] name = each.topic().equals(Topics.EVENTS) ? each.key() : each.value();
            counts.merge(new String(name, StandardCharsets.UTF_8), 1, Integer::sum);
        }
        return counts;
    }

    /** Whether no transaction is open and all records are read. */
    boolean hasReadAll() {
        counts();
        return uncommitted.endOffsets(partitions).entrySet().stream()
                .allMatch(end -> committed.position(end.getKey()) == end.getValue());
    }

    @Override
    public void close() {
        committed.close();
        uncommitted.close();
    }

    private static KafkaConsumer<byte[], byte[]> reader(String servers, IsolationLevel isolation) {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        servers,
                        "auto.offset.reset",
                        "earliest",
                        "isolation.level",
                        isolation.toString()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }
}
