package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.settle.Delivery.Assignment;
import dev.renderfleet.worker.settle.StableOffsets.Commits;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** The current assignments of this worker, each with its progress. Safe for use by many threads. */
final class Ownership {

    private final Map<TopicPartition, Assignment> assignments = new ConcurrentHashMap<>();

    /** Begins assignments at the committed state, where it can be read. */
    Beginnings begin(Collection<TopicPartition> partitions, Commits offsets) {
        var beginnings = new Beginnings(new HashMap<>(), new HashMap<>());
        for (TopicPartition partition : partitions) {
            if (offsets.undecided().contains(partition)) {
                beginnings.refused().put(partition, "a transaction that does not end holds its offsets");
                continue;
            }
            OffsetAndMetadata offset = offsets.commits().getOrDefault(partition, new OffsetAndMetadata(0));
            try {
                begin(partition, offset);
                beginnings.begun().put(partition, offset);
            } catch (ForeignMetadataException e) {
                beginnings.refused().put(partition, String.valueOf(e.getMessage()));
            }
        }
        return beginnings;
    }

    private void begin(TopicPartition partition, OffsetAndMetadata committed) throws ForeignMetadataException {
        Checkpoint checkpoint = Checkpoint.read(committed.offset(), committed.metadata());
        assignments.put(partition, new Assignment(new PartitionProgress(checkpoint)));
    }

    /** Ends assignments; ignores partitions that are not owned. */
    void end(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : Set.copyOf(partitions)) {
            Assignment assignment = assignments.remove(partition);
            if (assignment != null) {
                assignment.revoke();
            }
        }
    }

    /** All owned partitions. */
    Set<TopicPartition> all() {
        return Set.copyOf(assignments.keySet());
    }

    /** Whether that is the current assignment of the partition. */
    boolean covers(TopicPartition partition, Assignment assignment) {
        return assignments.get(partition) == assignment;
    }

    /** Decides about a consumed record, in the order of offsets. */
    Acceptance accept(TopicPartition partition, long offset) {
        Assignment assignment = assignments.get(partition);
        if (assignment == null) {
            return new Acceptance.AlreadySettled();
        }
        return switch (assignment.progress().admit(offset)) {
            case ADMITTED -> new Acceptance.Accepted(assignment);
            case SETTLED -> new Acceptance.AlreadySettled();
            case FULL -> new Acceptance.PartitionFull();
        };
    }

    /** All records before that position have been decided about. Returns whether the partition's offset is to be committed for it alone. */
    boolean reached(TopicPartition partition, long position) {
        Assignment assignment = assignments.get(partition);
        return assignment != null && assignment.progress().reached(position);
    }

    /** The offsets to commit together with these records of owned partitions. */
    Map<TopicPartition, OffsetAndMetadata> after(Map<TopicPartition, List<Long>> settled) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        settled.forEach((partition, records) -> {
            Checkpoint checkpoint = assignment(partition).progress().after(records);
            offsets.put(partition, new OffsetAndMetadata(checkpoint.offset(), checkpoint.metadata()));
        });
        return offsets;
    }

    /** Marks these records of owned partitions as settled. */
    void settled(Map<TopicPartition, List<Long>> records) {
        records.forEach((partition, offsets) -> assignment(partition).progress().settled(offsets));
    }

    private Assignment assignment(TopicPartition partition) {
        Assignment assignment = assignments.get(partition);
        if (assignment == null) {
            throw new IllegalStateException(partition + " was revoked during a transaction");
        }
        return assignment;
    }
}
