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
 * Counts the records of this worker's partitions that are not in progress yet. The consumer's own lag metric does not change while a
 * partition is paused, so it fails when the window is full. Measured by the consumer's thread, read by any.
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
     * Reads the end offsets of these partitions every 15 seconds. Blocks some seconds at most.
     *
     * @param polled records that were polled and are not in progress yet
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

    /** The latest measurement. */
    long records() {
        return records;
    }
}
