package dev.renderfleet.worker.intake;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Holds records that were polled and are not in progress yet, in the order of their timestamps across all partitions. So no partition
 * waits for another, and a redelivered job does not wait behind a backlog. Not thread-safe.
 */
final class Backlog {

    private static final Comparator<Waiting> ORDER = Comparator.comparingLong(Waiting::since)
            .thenComparingInt(waiting -> waiting.record().partition());

    private final InstantSource clock;
    /** No queue in it is empty. */
    private final Map<TopicPartition, Deque<Waiting>> queues = new HashMap<>();

    Backlog(InstantSource clock) {
        this.clock = clock;
    }

    /** @param since the record's timestamp in epoch milliseconds, at most the time of polling */
    private record Waiting(ConsumerRecord<byte[], byte[]> record, long since) {}

    /** Result of offering a record. */
    enum Offer {
        /** The record was accepted and leaves the backlog. */
        ACCEPTED,
        /** No record of its partition is accepted now. */
        PARTITION_FULL,
        /** No record is accepted now. */
        FULL
    }

    /** Appends a record to those of its partition. */
    void add(ConsumerRecord<byte[], byte[]> record) {
        queues.computeIfAbsent(partition(record), _ -> new ArrayDeque<>())
                .add(new Waiting(record, Math.min(record.timestamp(), clock.millis())));
    }

    /** Offers records, those of a partition in their order, until none is accepted. */
    void offerAll(Function<ConsumerRecord<byte[], byte[]>, Offer> consumer) {
        Set<TopicPartition> full = new HashSet<>();
        Optional<ConsumerRecord<byte[], byte[]>> first = first(full);
        while (first.isPresent()) {
            switch (consumer.apply(first.get())) {
                case ACCEPTED -> removeFirst(partition(first.get()));
                case PARTITION_FULL -> full.add(partition(first.get()));
                case FULL -> {
                    return;
                }
            }
            first = first(full);
        }
    }

    /** Removes the records of these partitions. */
    void remove(Collection<TopicPartition> partitions) {
        partitions.forEach(queues::remove);
    }

    /** Partitions with records in the backlog. */
    Set<TopicPartition> partitions() {
        return Set.copyOf(queues.keySet());
    }

    /** Number of records. */
    int size() {
        return queues.values().stream().mapToInt(Deque::size).sum();
    }

    boolean isEmpty() {
        return queues.isEmpty();
    }

    private Optional<ConsumerRecord<byte[], byte[]>> first(Set<TopicPartition> without) {
        return queues.values().stream()
                .map(Deque::getFirst)
                .filter(waiting -> !without.contains(partition(waiting.record())))
                .min(ORDER)
                .map(Waiting::record);
    }

    private void removeFirst(TopicPartition partition) {
        queues.computeIfPresent(partition, (_, records) -> {
            records.removeFirst();
            return records.isEmpty() ? null : records;
        });
    }

    private static TopicPartition partition(ConsumerRecord<byte[], byte[]> record) {
        return new TopicPartition(record.topic(), record.partition());
    }
}
