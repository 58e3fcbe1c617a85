package dev.renderfleet.worker.intake;

import dev.renderfleet.worker.settle.Delivery;
import dev.renderfleet.worker.settle.Delivery.Assignment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/** Converts records of Kafka into deliveries. */
final class Deliveries {

    /** Of all headers together: a dead letter has them too and must fit into any broker's record limit. */
    private static final int HEADERS_BYTES_MAX = 64 << 10;

    private Deliveries() {}

    /** Converts a record. A null value (tombstone) becomes an empty one; headers beyond the bound are left out. */
    static Delivery of(ConsumerRecord<byte[], byte[]> record, Assignment assignment) {
        return new Delivery(
                new Delivery.Bytes(record.value() == null ? new byte[0] : record.value()),
                headers(record.headers()),
                new TopicPartition(record.topic(), record.partition()),
                record.offset(),
                Instant.ofEpochMilli(record.timestamp()),
                assignment);
    }

    private static Map<String, String> headers(Iterable<Header> headers) {
        Map<String, String> texts = new HashMap<>();
        int bytes = 0;
        for (Header header : headers) {
            byte[] value = header.value();
            int length = header.key().length() + (value == null ? 0 : value.length);
            if (value != null && bytes + length <= HEADERS_BYTES_MAX) {
                bytes += length;
                texts.put(header.key(), new String(value, StandardCharsets.UTF_8));
            }
        }
        return texts;
    }
}
