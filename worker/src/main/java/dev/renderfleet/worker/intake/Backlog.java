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
 * Records that were polled and not taken yet. The one published first goes first, whatever its partition, so that no partition
 * waits for another to be done with, and a job that comes back from a dead worker does not wait behind a backlog. Not thread-safe.
 */
final class Backlog {

    private static final Comparator<Waiting> ORDER = Comparator.comparingLong(Waiting::since)
            .thenComparingInt(waiting -> waiting.record().partition());

    private final InstantSource clock;
    /** None of these queues is empty. */
    private final Map<TopicPartition, Deque<Waiting>> queues = new HashMap<>();

    Backlog(InstantSource clock) {
        this.clock = clock;
    }

    /** @param since when it was published, in epoch milliseconds; a producer that says it will be tomorrow is not believed */
    private record Waiting(ConsumerRecord<byte[], byte[]> record, long since) {}

    /** What became of a record that was offered. */
    enum Offer {
        /** It is out of the backlog. */
        TAKEN,
        /** No record of its partition can be taken now. */
        PARTITION_FULL,
        /** No record can be taken now. */
        FULL
    }

    /** Adds a record, behind those of its partition. */
    void add(ConsumerRecord<byte[], byte[]> record) {
        queues.computeIfAbsent(partition(record), _ -> new ArrayDeque<>())
                .add(new Waiting(record, Math.min(record.timestamp(), clock.millis())));
    }

    /** Offers record after record, those of a partition in the order of adding, until none can be taken. */
    void handOut(Function<ConsumerRecord<byte[], byte[]>, Offer> taker) {
        Set<TopicPartition> full = new HashSet<>();
        Optional<ConsumerRecord<byte[], byte[]>> first = first(full);
        while (first.isPresent()) {
            switch (taker.apply(first.get())) {
                case TAKEN -> removeFirst(partition(first.get()));
                case PARTITION_FULL -> full.add(partition(first.get()));
                case FULL -> {
                    return;
                }
            }
            first = first(full);
        }
    }

    /** Forgets the records of these partitions. */
    void forget(Collection<TopicPartition> partitions) {
        partitions.forEach(queues::remove);
    }

    /** The partitions whose records wait. */
    Set<TopicPartition> partitions() {
        return Set.copyOf(queues.keySet());
    }

    /** How many records wait. */
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
