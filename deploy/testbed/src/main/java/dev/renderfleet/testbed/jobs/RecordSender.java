package dev.renderfleet.testbed.jobs;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends bytes to a topic as they are. Safe for use by many threads. */
public final class RecordSender implements AutoCloseable {

    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;

    public RecordSender(String bootstrapServers, String topic) {
        this.topic = topic;
        this.producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers, ProducerConfig.ACKS_CONFIG, "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Sends one record and waits until Kafka has it. */
    public void send(byte[] key, byte[] value) throws InterruptedException {
        send(new ProducerRecord<>(topic, key, value));
    }

    /** Sends a record once more: the same key, value, headers and timestamp. Waits until Kafka has it. */
    public void sendAgain(TopicReader.Entry entry) throws InterruptedException {
        send(new ProducerRecord<>(
                topic,
                null,
                entry.timestamp().toEpochMilli(),
                entry.key().getBytes(StandardCharsets.UTF_8),
                entry.value(),
                entry.headers()));
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
