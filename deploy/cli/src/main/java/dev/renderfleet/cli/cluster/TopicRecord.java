package dev.renderfleet.cli.cluster;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;

/** A record as it was read. */
public final class TopicRecord {
    private final ConsumerRecord<byte[], byte[]> record;

    TopicRecord(ConsumerRecord<byte[], byte[]> record) {
        this.record = record;
    }

    /** As text; empty if it has none. */
    public String key() {
        return record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
    }

    /** Empty if it has none. */
    public byte[] value() {
        return record.value() == null ? new byte[0] : record.value();
    }

    /** When it was published. */
    public Instant timestamp() {
        return Instant.ofEpochMilli(record.timestamp());
    }

    /** Whether the timestamp is the producer's, and not the broker's. */
    public boolean producersTime() {
        return record.timestampType() == TimestampType.CREATE_TIME;
    }

    Headers headers() {
        return record.headers();
    }
}
