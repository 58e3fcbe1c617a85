package dev.renderfleet.cli.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads a topic from its beginning to its end at the time of the call: committed records only, without a consumer group. Keeps no record in memory.
 */
public final class TopicReader {

    /** Longer than a producer's transaction time-out. */
    public static final Duration OPEN_TRANSACTIONS_MAX = Duration.ofMinutes(3);

    private static final Duration POLL = Duration.ofMillis(200);
    /** A broker that has just restarted may need a while. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(60);

    private final KafkaCluster kafka;
    private final Duration openTransactionsMax;

    public TopicReader(KafkaCluster kafka) {
        this(kafka, OPEN_TRANSACTIONS_MAX);
    }

    /** @param openTransactionsMax an older transaction counts as hanging */
    public TopicReader(KafkaCluster kafka, Duration openTransactionsMax) {
        this.kafka = kafka;
        this.openTransactionsMax = openTransactionsMax;
    }

    /**
     * Passes on all records, those of a key in order. Waits for open transactions, also of producers that have
     * ended. Throws {@link UserError}, which names the partitions, if a last stable offset does not advance, or if no record arrives for a minute.
     *
     * @return time of the oldest record if older ones were deleted; null if none was
     */
    public @Nullable Instant readAll(String topic, Consumer<TopicRecord> to) {
        try (var consumer = kafka.consumer(IsolationLevel.READ_COMMITTED)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            Map<TopicPartition, Long> ends = settledEnds(consumer, partitions);
            Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Instant> first = new HashMap<>();
            long giveUp = System.nanoTime() + SILENCE_MAX.toNanos();
            while (partitions.stream().anyMatch(one -> consumer.position(one) < offset(ends, one))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    giveUp = System.nanoTime() + SILENCE_MAX.toNanos();
                    var partition = new TopicPartition(record.topic(), record.partition());
                    first.putIfAbsent(partition, Instant.ofEpochMilli(record.timestamp()));
                    if (record.offset() < offset(ends, partition)) {
                        to.accept(new TopicRecord(record));
                    }
                }
                if (System.nanoTime() > giveUp) {
                    throw new UserError(topic + " cannot be read to its end: no record for " + SILENCE_MAX);
                }
            }
            return partitions.stream()
                    .filter(one -> offset(begins, one) > 0 && first.containsKey(one))
                    .map(first::get)
                    .max(Instant::compareTo)
                    .orElse(null);
        }
    }

    /** The last stable offsets, once they have reached the end of each partition at the call. */
    private Map<TopicPartition, Long> settledEnds(
            KafkaConsumer<byte[], byte[]> committed, List<TopicPartition> partitions) {
        long giveUp = System.nanoTime() + openTransactionsMax.toNanos();
        try (var all = kafka.consumer(IsolationLevel.READ_UNCOMMITTED)) {
            Map<TopicPartition, Long> ends = all.endOffsets(partitions);
            while (true) {
                Map<TopicPartition, Long> stable = committed.endOffsets(partitions);
                String hanging = partitions.stream()
                        .filter(one -> offset(stable, one) < offset(ends, one))
                        .map(one -> one + " at " + offset(stable, one) + " of " + offset(ends, one))
                        .collect(Collectors.joining(", "));
                if (hanging.isEmpty()) {
                    return stable;
                }
                if (System.nanoTime() - giveUp > 0) {
                    throw new UserError(
                            ("The last stable offset has not advanced for %d s: %s. An open transaction hides what is behind it. If it is"
                                            + " hanging, end it: kafka-transactions.sh find-hanging, then abort (docs/operations.md)")
                                    .formatted(openTransactionsMax.toSeconds(), hanging));
                }
                Thread.sleep(POLL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserError("interrupted while reading Kafka");
        }
    }

    private static long offset(Map<TopicPartition, Long> offsets, TopicPartition of) {
        return offsets.getOrDefault(of, 0L);
    }
}
