package dev.renderfleet.testbed.planted;

import dev.renderfleet.worker.settle.OutcomePublisher;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Publishes outcomes at once and commits offsets every half second, without a common transaction. */
final class NonTransactionalPublisher implements OutcomePublisher {

    private static final Duration OFFSETS_EVERY = Duration.ofMillis(500);

    private final Producer<byte[], byte[]> outcomes;
    private final OutcomePublisher offsetsOnly;
    private final Map<TopicPartition, OffsetAndMetadata> due = new HashMap<>();
    private long dueSince = System.nanoTime();

    NonTransactionalPublisher(Map<String, Object> kafka, OutcomePublisher offsetsOnly) {
        this.outcomes = new KafkaProducer<>(kafka, new ByteArraySerializer(), new ByteArraySerializer());
        this.offsetsOnly = offsetsOnly;
    }

    @Override
    public Result publish(
            List<ProducerRecord<byte[], byte[]>> records,
            Map<TopicPartition, OffsetAndMetadata> after,
            ConsumerGroupMetadata member) {
        try {
            for (Future<RecordMetadata> sent :
                    records.stream().map(outcomes::send).toList()) {
                sent.get();
            }
        } catch (ExecutionException e) {
            return new Result.NotPublished(new KafkaException(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Result.NotPublished(new KafkaException(e));
        }
        due.putAll(after);
        if (System.nanoTime() - dueSince > OFFSETS_EVERY.toNanos()) {
            offsetsOnly.publish(List.of(), Map.copyOf(due), member);
            due.clear();
            dueSince = System.nanoTime();
        }
        return new Result.Published();
    }

    @Override
    public void close() {
        outcomes.close();
        offsetsOnly.close();
    }
}
