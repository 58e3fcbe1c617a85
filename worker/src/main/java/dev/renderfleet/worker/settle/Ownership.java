package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.settle.Delivery.Assignment;
import dev.renderfleet.worker.settle.Settler.Arrival;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Which partitions this worker owns, and how far each has come. Safe for use by many threads. */
final class Ownership {

    private final Map<TopicPartition, Assignment> tenures = new ConcurrentHashMap<>();

    /** Takes a partition over from where its former owner left it; throws if that cannot be read. */
    void begin(TopicPartition partition, @Nullable OffsetAndMetadata committed) throws ForeignMetadataException {
        Checkpoint checkpoint =
                committed == null ? Checkpoint.read(0, "") : Checkpoint.read(committed.offset(), committed.metadata());
        tenures.put(partition, new Assignment(new PartitionProgress(checkpoint)));
    }

    /** Gives partitions away. Those that are not owned are no matter. */
    void end(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : Set.copyOf(partitions)) {
            Assignment tenure = tenures.remove(partition);
            if (tenure != null) {
                tenure.end();
            }
        }
    }

    /** All partitions that are owned. */
    Set<TopicPartition> all() {
        return Set.copyOf(tenures.keySet());
    }

    /** Whether the partition has been this worker's ever since the record came. */
    boolean covers(Delivery delivery) {
        return tenures.get(delivery.partition()) == delivery.tenure();
    }

    /** A record comes, in the order of offsets; one of a partition that is not owned is nobody's business here. */
    Arrival arrive(TopicPartition partition, long offset) {
        Assignment tenure = tenures.get(partition);
        if (tenure == null) {
            return new Arrival.Settled();
        }
        return switch (tenure.progress().arrive(offset)) {
            case TAKEN -> new Arrival.Taken(tenure);
            case SETTLED -> new Arrival.Settled();
            case NO_ROOM -> new Arrival.NoRoom();
        };
    }

    /** What to commit once these records of owned partitions are settled. */
    Map<TopicPartition, OffsetAndMetadata> after(Map<TopicPartition, List<Long>> settled) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        settled.forEach((partition, records) -> {
            Checkpoint checkpoint = tenure(partition).progress().after(records);
            offsets.put(partition, new OffsetAndMetadata(checkpoint.offset(), checkpoint.metadata()));
        });
        return offsets;
    }

    /** These records of owned partitions are settled. */
    void settled(Map<TopicPartition, List<Long>> records) {
        records.forEach((partition, offsets) -> tenure(partition).progress().settled(offsets));
    }

    private Assignment tenure(TopicPartition partition) {
        Assignment tenure = tenures.get(partition);
        if (tenure == null) {
            throw new IllegalStateException(partition + " went in the middle of a transaction");
        }
        return tenure;
    }
}
