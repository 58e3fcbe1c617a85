package dev.renderfleet.worker.intake;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** A record that was polled and is neither in progress nor deferred yet. */
record PolledRecord(ConsumerRecord<byte[], byte[]> record, TopicPartition partition, long since)
        implements Backlog.Waiting {

    /** @param now epoch milliseconds */
    static PolledRecord of(ConsumerRecord<byte[], byte[]> record, long now) {
        return new PolledRecord(
                record, new TopicPartition(record.topic(), record.partition()), Backlog.since(record.timestamp(), now));
    }
}
