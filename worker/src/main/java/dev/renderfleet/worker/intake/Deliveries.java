package dev.renderfleet.worker.intake;

import dev.renderfleet.worker.settle.Delivery;
import io.smallrye.reactive.messaging.kafka.api.IncomingKafkaRecordMetadata;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.eclipse.microprofile.reactive.messaging.Message;

/** Reads what SmallRye hands over. */
final class Deliveries {

    private static final int HEADER_BYTES_MAX = 8_192;
    private static final int HEADERS_MAX = 64;

    private Deliveries() {}

    /** The message's record; a null value (tombstone) becomes an empty one. Headers beyond the bounds are left out. */
    static Delivery of(Message<byte[]> message) {
        IncomingKafkaRecordMetadata<?, ?> record = message.getMetadata(IncomingKafkaRecordMetadata.class)
                .orElseThrow(() -> new IllegalStateException("the channel jobs is not bound to Kafka"));
        byte[] payload = message.getPayload();
        return new Delivery(
                new Delivery.Bytes(payload == null ? new byte[0] : payload),
                headers(record.getHeaders()),
                record.getTopic(),
                record.getPartition(),
                record.getOffset(),
                record.getTimestamp(),
                message::ack);
    }

    private static Map<String, String> headers(Iterable<Header> headers) {
        Map<String, String> texts = new HashMap<>();
        for (Header header : headers) {
            byte[] value = header.value();
            if (texts.size() < HEADERS_MAX && value != null && value.length <= HEADER_BYTES_MAX) {
                texts.put(header.key(), new String(value, StandardCharsets.UTF_8));
            }
        }
        return texts;
    }
}
