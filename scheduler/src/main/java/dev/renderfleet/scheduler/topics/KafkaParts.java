package dev.renderfleet.scheduler.topics;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;

/** Makes Kafka clients. Safe for use by many threads. */
public interface KafkaParts {

    /** Reads assigned partitions, committed records only, without a group: PostgreSQL has the offsets. */
    Consumer<byte[], byte[]> reader();

    /** The same without waiting for open transactions: its end offsets are behind all records. */
    Consumer<byte[], byte[]> uncommittedReader();

    /** Publishes without transactions: one that hangs would stop all workers of a partition. */
    Producer<byte[], byte[]> publisher();

    /** Publishes in transactions, of which one id is used by all leaders: a new one fences the former. */
    Producer<byte[], byte[]> transactional(String id);
}
