package dev.renderfleet.worker.intake;

import dev.renderfleet.worker.settle.Delivery;
import dev.renderfleet.worker.settle.Delivery.Assignment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Converts records of Kafka into deliveries. */
final class Deliveries {

    /** Of all headers together, as far as they are read; the record itself keeps all of them. */
    private static final int HEADERS_BYTES_MAX = 64 << 10;

    private Deliveries() {}

    /** Converts a record. Headers beyond the bound are not read. */
    static Delivery of(ConsumerRecord<byte[], byte[]> record, Assignment assignment) {
        return new Delivery(record, texts(record.headers()), assignment);
    }

    private static Map<String, String> texts(Iterable<Header> headers) {
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
