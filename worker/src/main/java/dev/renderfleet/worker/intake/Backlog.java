package dev.renderfleet.worker.intake;

import dev.renderfleet.worker.job.AcceptedJob;
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
import org.apache.kafka.common.TopicPartition;

/**
 * Holds records that wait, in the order of their timestamps across all partitions. So no partition waits for another, and a redelivered
 * job does not wait behind a backlog. Not thread-safe.
 */
final class Backlog<R extends Backlog.Waiting> {

    private static final Comparator<Waiting> ORDER = Comparator.comparingLong(Waiting::since)
            .thenComparingInt(waiting -> waiting.partition().partition());

    /** No queue in it is empty. */
    private final Map<TopicPartition, Deque<R>> queues = new HashMap<>();

    /** A record that waits. */
    interface Waiting {
        TopicPartition partition();

        /** The record's timestamp in epoch milliseconds; when it was polled if the timestamp is not plausible. */
        long since();
    }

    /** Result of offering a record. */
    enum Offer {
        /** The record was accepted and leaves the backlog. */
        ACCEPTED,
        /** No record of its partition is accepted now. */
        PARTITION_FULL,
        /** No record is accepted now. */
        FULL
    }

    /** A record from the future, or older than Kafka keeps records by default, counts as one of now. */
    static long since(long timestamp, long now) {
        return timestamp > now || timestamp < now - AcceptedJob.AGE_MAX.toMillis() ? now : timestamp;
    }

    /** Appends a record to those of its partition. */
    void add(R record) {
        queues.computeIfAbsent(record.partition(), _ -> new ArrayDeque<>()).add(record);
    }

    /** Puts a record before those of its partition. */
    void putBack(R record) {
        queues.computeIfAbsent(record.partition(), _ -> new ArrayDeque<>()).addFirst(record);
    }

    /** Offers records, those of a partition in their order, until none is accepted. */
    void offerAll(Function<R, Offer> consumer) {
        Set<TopicPartition> full = new HashSet<>();
        Optional<R> first = first(full);
        while (first.isPresent()) {
            switch (consumer.apply(first.get())) {
                case ACCEPTED -> removeFirst(first.get().partition());
                case PARTITION_FULL -> full.add(first.get().partition());
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

    /** Number of records of that partition. */
    int size(TopicPartition partition) {
        Deque<R> queue = queues.get(partition);
        return queue == null ? 0 : queue.size();
    }

    boolean isEmpty() {
        return queues.isEmpty();
    }

    private Optional<R> first(Set<TopicPartition> without) {
        return queues.values().stream()
                .map(Deque::getFirst)
                .filter(waiting -> !without.contains(waiting.partition()))
                .min(ORDER);
    }

    private void removeFirst(TopicPartition partition) {
        queues.computeIfPresent(partition, (_, records) -> {
            records.removeFirst();
            return records.isEmpty() ? null : records;
        });
    }
}
