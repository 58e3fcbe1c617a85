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

    /** Of all headers together: a dead letter carries them along and must fit into any broker's record limit. */
    private static final int HEADERS_BYTES_MAX = 64 << 10;

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
