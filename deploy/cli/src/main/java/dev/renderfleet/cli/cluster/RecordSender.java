package dev.renderfleet.cli.cluster;

import dev.renderfleet.contracts.wire.CloudEvents;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Sends records to a topic. Safe for use by many threads. */
public final class RecordSender implements AutoCloseable {

    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;

    public RecordSender(KafkaCluster kafka, String topic) {
        this.topic = topic;
        this.producer = kafka.producer();
    }

    /** Sends one record and blocks until Kafka has stored it. */
    public void send(byte[] key, byte[] value) throws InterruptedException {
        send(new ProducerRecord<>(topic, key, value));
    }

    /** Sends a copy of a record that asks for the stored outcome only, never for another run. Blocks until Kafka has stored it. */
    public void askForReplay(TopicRecord record) throws InterruptedException {
        var copy = new ProducerRecord<>(
                topic,
                null,
                record.timestamp().toEpochMilli(),
                record.key().getBytes(StandardCharsets.UTF_8),
                record.value(),
                record.headers());
        copy.headers().add(CloudEvents.REPLAY, "true".getBytes(StandardCharsets.UTF_8));
        send(copy);
    }

    private void send(ProducerRecord<byte[], byte[]> record) throws InterruptedException {
        try {
            producer.send(record).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("Kafka does not take the record: " + e.getCause(), e);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
