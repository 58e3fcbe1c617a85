package dev.renderfleet.worker.settle;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;

/**
 * What Kafka's transaction coordinators have written down in {@code __transaction_state}. Their state of today does not tell whether a
 * transaction was committed, for the next {@code initTransactions} makes it {@code Empty}; their log does. Safe for use by many threads.
 */
final class TransactionLog implements Decisions {

    /** One entry: {@code TransactionLogValue.json} in Kafka's source; both versions begin alike. */
    record Entry(long producerId, int epoch, byte status) {
        static final byte ONGOING = 1;
        static final byte PREPARE_COMMIT = 2;
        static final byte PREPARE_ABORT = 3;

        private static final int VERSION_MAX = 1;

        static Entry read(byte[] value) {
            var bytes = ByteBuffer.wrap(value);
            short version = bytes.getShort();
            if (version > VERSION_MAX) {
                throw new KafkaException("an entry of __transaction_state has a newer version: " + version);
            }
            long producerId = bytes.getLong();
            int epoch = bytes.getShort();
            bytes.getInt(); // the transaction's time-out
            return new Entry(producerId, epoch, bytes.get());
        }

        boolean isEnd() {
            return status == PREPARE_COMMIT || status == PREPARE_ABORT;
        }
    }

    private static final String TOPIC = "__transaction_state";
    private static final Duration READ_MAX = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(200);
    /** Clocks of brokers and workers differ, and a transaction begins before its last record. Workers' last for 5 s. */
    private static final Duration EARLIER = Duration.ofMinutes(5);

    private final Map<String, Object> kafka;

    /** @param kafka settings of all Kafka clients */
    TransactionLog(Map<String, Object> kafka) {
        this.kafka = Map.copyOf(kafka);
    }

    @Override
    public Decision decision(String transactionalId, long producerId, int epoch, long lastWrite) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.keySet().removeIf(name -> name.startsWith("group."));
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(READ_MAX.toMillis()));
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            int partitions = consumer.partitionsFor(TOPIC).size();
            if (partitions == 0) {
                throw new KafkaException(TOPIC + " has no partitions");
            }
            var partition = new TopicPartition(TOPIC, Utils.abs(transactionalId.hashCode()) % partitions);
            return decision(
                    entries(consumer, partition, Math.max(0, lastWrite - EARLIER.toMillis()), producerId), epoch);
        }
    }

    private static List<Entry> entries(
            Consumer<byte[], byte[]> consumer, TopicPartition partition, long since, long producerId) {
        long end =
                Objects.requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
        var from = consumer.offsetsForTimes(Map.of(partition, since)).get(partition);
        consumer.assign(List.of(partition));
        consumer.seek(partition, from == null ? end : from.offset());
        List<Entry> entries = new ArrayList<>();
        long deadline = System.nanoTime() + READ_MAX.toNanos();
        while (consumer.position(partition) < end) {
            if (System.nanoTime() - deadline > 0) {
                throw new TimeoutException("%s was not read within %s".formatted(partition, READ_MAX));
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (record.value() != null) {
                    Entry entry = Entry.read(record.value());
                    if (entry.producerId() == producerId) {
                        entries.add(entry);
                    }
                }
            }
        }
        return entries;
    }

    /**
     * What ended the transactions that the producer began with that epoch. Since KIP-890 that is one, for the epoch grows with each, and the
     * entry that ends it has the next. Before, they all have the same epoch, and nobody can tell which of them is the one in question: they
     * must all have been aborted, and a commit is {@code UNKNOWN}, for its marker could end one that runs.
     */
    static Decision decision(List<Entry> ofProducer, int epoch) {
        List<Entry> ends = new ArrayList<>();
        boolean running = false;
        for (Entry entry : ofProducer) {
            if (entry.status() == Entry.ONGOING) {
                running = entry.epoch() == epoch;
            } else if (entry.isEnd() && running) {
                ends.add(entry);
                running = false;
            }
        }
        if (ends.isEmpty() || running) {
            return Decision.UNKNOWN;
        }
        if (ends.stream().allMatch(end -> end.status() == Entry.PREPARE_ABORT)) {
            return Decision.ABORTED;
        }
        return ends.stream().allMatch(end -> end.status() == Entry.PREPARE_COMMIT && end.epoch() > epoch)
                ? Decision.COMMITTED
                : Decision.UNKNOWN;
    }
}
