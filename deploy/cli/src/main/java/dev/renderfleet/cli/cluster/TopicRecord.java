package dev.renderfleet.cli.cluster;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;

/** A record of a topic. */
public final class TopicRecord {
    private final ConsumerRecord<byte[], byte[]> record;

    TopicRecord(ConsumerRecord<byte[], byte[]> record) {
        this.record = record;
    }

    /** The key as text; empty if it has none. */
    public String key() {
        return record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
    }

    /** The value; empty if it has none. */
    public byte[] value() {
        return record.value() == null ? new byte[0] : record.value();
    }

    /** Its timestamp. */
    public Instant timestamp() {
        return Instant.ofEpochMilli(record.timestamp());
    }

    /** Its headers. */
    public Headers headers() {
        return record.headers();
    }
}
