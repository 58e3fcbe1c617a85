package dev.renderfleet.worker.settle;

import java.time.Duration;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The producer of one transactional id, made anew where the one before cannot go on. Not thread-safe. */
final class TransactionalProducer {

    private static final Logger LOG = Logger.getLogger(TransactionalProducer.class);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

    private final Supplier<Producer<byte[], byte[]>> producers;
    private @Nullable Producer<byte[], byte[]> producer;

    /** @param producers makes transactional producers that all have that id */
    TransactionalProducer(Supplier<Producer<byte[], byte[]>> producers) {
        this.producers = producers;
    }

    /** The one there is, or a new one, which ends the transaction that may be open. Throws {@link KafkaException} if Kafka does not answer. */
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
            LOG.infof("a producer that cannot abort is replaced: %s", e.toString());
            discard();
        }
    }

    /** What it has open is ended by the next {@link #ready}, or by its time-out. */
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
