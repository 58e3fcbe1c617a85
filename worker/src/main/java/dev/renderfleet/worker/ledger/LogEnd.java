package dev.renderfleet.worker.ledger;

import java.util.List;

/**
 * The end of the topic of jobs at a moment.
 *
 * @param topicId distinguishes a topic from another of the same name: one that was deleted and created again, or a mirror
 * @param offsets the offset after the last record of each partition, by the partition's number
 */
public record LogEnd(String topicId, List<Long> offsets) {
    public LogEnd {
        offsets = List.copyOf(offsets);
    }

    /**
     * Whether a record of this topic was published later. A partition without offset here was added later.
     *
     * @param record as {@code topic/partition/offset}
     */
    boolean isBefore(String record) {
        String[] parts = record.split("/", -1);
        int partition = Integer.parseInt(parts[1]);
        return partition >= offsets.size() || Long.parseLong(parts[2]) >= offsets.get(partition);
    }
}
