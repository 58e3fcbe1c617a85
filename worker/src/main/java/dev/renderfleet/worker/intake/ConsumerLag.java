package dev.renderfleet.worker.intake;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * How many records of this worker's partitions it has not taken yet. The consumer's own figure is no help: it stands still while a
 * partition is paused, which is while a worker is full. Measured by the consumer's thread, read by any.
 */
final class ConsumerLag {

    private static final Logger LOG = Logger.getLogger(ConsumerLag.class);
    private static final Duration EVERY = Duration.ofSeconds(15);
    private static final Duration ANSWER_MAX = Duration.ofSeconds(1);

    private final InstantSource clock;
    private Instant measured = Instant.MIN;
    private volatile long records;

    ConsumerLag(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Asks Kafka for the ends of these partitions, every 15 seconds; waits some seconds for the answer at most.
     *
     * @param polled records that were polled and not taken yet
     */
    void measure(Consumer<?, ?> consumer, Set<TopicPartition> partitions, int polled) {
        Instant now = clock.instant();
        if (now.isBefore(measured.plus(EVERY))) {
            return;
        }
        measured = now;
        try {
            long unread = 0;
            Set<TopicPartition> readable = new HashSet<>(partitions);
            readable.retainAll(consumer.assignment());
            for (Map.Entry<TopicPartition, Long> end :
                    consumer.endOffsets(readable, ANSWER_MAX).entrySet()) {
                unread += Math.max(0, end.getValue() - consumer.position(end.getKey(), ANSWER_MAX));
            }
            records = unread + polled;
        } catch (KafkaException e) {
            LOG.debugf("consumer lag not measured, cause=%s", e);
        }
    }

    /** As measured last. */
    long records() {
        return records;
    }
}
