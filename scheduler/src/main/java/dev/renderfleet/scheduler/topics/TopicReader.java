package dev.renderfleet.scheduler.topics;

import dev.renderfleet.scheduler.leader.Term;
import dev.renderfleet.scheduler.store.OffsetMove;
import dev.renderfleet.scheduler.store.OffsetStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads all partitions of a topic from the offsets that PostgreSQL keeps. The offsets move in the transaction that stores what was
 * read, so each record is dealt with once. For one thread; after a fault a new one begins.
 */
public final class TopicReader implements AutoCloseable {

    /** Where a topic is read that was never read before. */
    public enum Start {
        EARLIEST,
        END
    }

    private static final Duration PARTITIONS_CHECK = Duration.ofSeconds(30);

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final Map<Integer, Long> offsets;
    private long checkedAt = System.nanoTime();

    private TopicReader(Consumer<byte[], byte[]> consumer, String topic, Map<Integer, Long> offsets) {
        this.consumer = consumer;
        this.topic = topic;
        this.offsets = new HashMap<>(offsets);
    }

    /** Records in the order of their partitions, and the move of offsets that belongs to them. */
    public record Batch(List<TopicRecord> records, OffsetMove move) {}

    /** Throws if Kafka or PostgreSQL does not answer, or the topic does not exist. */
    public static TopicReader open(KafkaParts kafka, OffsetStore store, Term term, String topic, Start start) {
        Consumer<byte[], byte[]> consumer = kafka.reader();
        try {
            List<TopicPartition> all = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            if (all.isEmpty()) {
                throw new IllegalStateException("Kafka has no topic " + topic + "; create it");
            }
            Map<Integer, Long> offsets = new HashMap<>(store.offsets(topic));
            Map<Integer, Long> fresh = beginnings(consumer, all, offsets, start);
            if (!fresh.isEmpty()) {
                store.begin(term.epoch(), topic, fresh);
                offsets.putAll(fresh);
            }
            consumer.assign(all);
            all.forEach(partition -> consumer.seek(partition, offsets.getOrDefault(partition.partition(), 0L)));
            return new TopicReader(consumer, topic, offsets);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    /** Partitions that are added to a known topic are read from their beginning. */
    private static Map<Integer, Long> beginnings(
            Consumer<byte[], byte[]> consumer, Collection<TopicPartition> all, Map<Integer, Long> known, Start start) {
        List<TopicPartition> unread = all.stream()
                .filter(partition -> !known.containsKey(partition.partition()))
                .toList();
        Map<TopicPartition, Long> found = unread.isEmpty()
                ? Map.of()
                : start == Start.END && known.isEmpty()
                        ? consumer.endOffsets(unread)
                        : consumer.beginningOffsets(unread);
        Map<Integer, Long> fresh = new HashMap<>();
        found.forEach((partition, offset) -> fresh.put(partition.partition(), offset));
        return fresh;
    }

    /** The next records. They are read again unless their move is {@link #moved}. */
    public Batch poll(Duration timeout) {
        refuseNewPartitions();
        List<TopicRecord> records = new ArrayList<>();
        Map<Integer, Long> to = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(timeout)) {
            records.add(new TopicRecord(
                    topic,
                    record.partition(),
                    record.offset(),
                    RecordHeaders.texts(record.headers()),
                    record.key(),
                    record.value()));
        }
        // Also beyond markers of transactions, which are no records.
        for (TopicPartition partition : consumer.assignment()) {
            long position = consumer.position(partition);
            if (position > offsets.getOrDefault(partition.partition(), 0L)) {
                to.put(partition.partition(), position);
            }
        }
        return new Batch(records, new OffsetMove(topic, offsets, to));
    }

    /** Notes that the move was committed. */
    public void moved(OffsetMove move) {
        offsets.putAll(move.to());
    }

    private void refuseNewPartitions() {
        if (System.nanoTime() - checkedAt > PARTITIONS_CHECK.toNanos()) {
            checkedAt = System.nanoTime();
            int now = consumer.partitionsFor(topic).size();
            if (now != offsets.size()) {
                throw new IllegalStateException(topic + " has " + now + " partitions now, begins anew");
            }
        }
    }

    @Override
    public void close() {
        // Without waiting for fetches in progress: a leader that leaves has nothing to commit here.
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
}
