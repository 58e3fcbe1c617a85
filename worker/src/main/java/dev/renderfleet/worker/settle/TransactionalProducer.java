package dev.renderfleet.worker.settle;

import java.time.Duration;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The producer of one transactional id, replaced when it cannot continue. Not thread-safe. */
final class TransactionalProducer {

    private static final Logger LOG = Logger.getLogger(TransactionalProducer.class);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

    private final Supplier<Producer<byte[], byte[]>> producers;
    private @Nullable Producer<byte[], byte[]> producer;

    /** @param producers makes producers with that id */
    TransactionalProducer(Supplier<Producer<byte[], byte[]>> producers) {
        this.producers = producers;
    }

    /** The current producer, or a new one, which aborts or completes an open transaction. Throws {@link KafkaException} if Kafka does not answer. */
    Producer<byte[], byte[]> ready() {
        if (producer == null) {
            Producer<byte[], byte[]> fresh = producers.get();
            try {
                fresh.initTransactions();
            } catch (KafkaException e) {
                fresh.close(Duration.ZERO);
                throw e;
            }
            producer = fresh;
        }
        return producer;
    }

    void abort() {
        if (producer == null) {
            return;
        }
        try {
            producer.abortTransaction();
        } catch (KafkaException | IllegalStateException e) {
            LOG.infof("abort failed, the producer is replaced, cause=%s", e.toString());
            discard();
        }
    }

    /** Discards the producer. The next {@link #ready}, or the time-out, ends its open transaction. */
    void discard() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }

    void close() {
        if (producer != null) {
            producer.close(CLOSE_MAX);
        }
    }
}
