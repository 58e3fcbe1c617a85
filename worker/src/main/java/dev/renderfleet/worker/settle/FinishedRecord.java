package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.settle.Delivery.Assignment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A record whose outcome is to be settled. Does not hold the record itself, so that it is small while it is set aside.
 *
 * @param since when it finished
 * @param settled completes with true once the outcome is committed, with false once the partition is reassigned
 * @param released completes when there is nothing more to wait for: as {@code settled}, or when the outcome is set aside
 */
record FinishedRecord(
        TopicPartition partition,
        long offset,
        Assignment assignment,
        List<ProducerRecord<byte[], byte[]>> outcome,
        Instant since,
        CompletableFuture<Boolean> settled,
        CompletableFuture<Void> released) {

    static FinishedRecord of(Delivery delivery, List<ProducerRecord<byte[], byte[]>> outcome, Instant since) {
        var settled = new CompletableFuture<Boolean>();
        var released = new CompletableFuture<Void>();
        var _ = settled.thenRun(() -> released.complete(null));
        return new FinishedRecord(
                delivery.partition(), delivery.offset(), delivery.assignment(), outcome, since, settled, released);
    }

    /** {@code topic/partition/offset}. */
    String coordinates() {
        return partition.topic() + "/" + partition.partition() + "/" + offset;
    }

    /** Size of the outcome. */
    long bytes() {
        return outcome.stream().mapToLong(FinishedRecord::bytes).sum();
    }

    /** The topics that the outcome is written to. */
    String topics() {
        return outcome.stream().map(ProducerRecord::topic).distinct().collect(Collectors.joining(", "));
    }

    /** The same with a shorter dead letter; empty if it has none that can be shortened. */
    Optional<FinishedRecord> shortened() {
        for (int i = 0; i < outcome.size(); i++) {
            Optional<ProducerRecord<byte[], byte[]>> shorter = DeadLetterRecords.shorter(outcome.get(i));
            if (shorter.isPresent()) {
                var records = new ArrayList<>(outcome);
                records.set(i, shorter.get());
                return Optional.of(
                        new FinishedRecord(partition, offset, assignment, records, since, settled, released));
            }
        }
        return Optional.empty();
    }

    static long bytes(ProducerRecord<byte[], byte[]> record) {
        long bytes = length(record.key()) + length(record.value());
        for (Header header : record.headers()) {
            bytes += header.key().length() + length(header.value());
        }
        return bytes;
    }

    private static long length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
