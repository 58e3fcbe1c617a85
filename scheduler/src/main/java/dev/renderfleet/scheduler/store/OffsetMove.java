package dev.renderfleet.scheduler.store;

import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/**
 * The part of a topic that one transaction deals with.
 *
 * @param from offset of the next record of each partition, as this leader knows it
 * @param to the same after the transaction
 */
public record OffsetMove(String topic, Map<Integer, Long> from, Map<Integer, Long> to) {

    public OffsetMove {
        from = Map.copyOf(from);
        to = Map.copyOf(to);
    }

    void apply(Handle handle) {
        List<Integer> partitions = List.copyOf(to.keySet());
        int moved = handle.createUpdate("""
                        UPDATE kafka_offset k SET next_offset = m.upto
                        FROM unnest(:partitions, :from, :to) AS m (partition, since, upto)
                        WHERE k.topic = :topic AND k.partition = m.partition AND k.next_offset = m.since""")
                .bind("partitions", Database.ints(partitions.stream()))
                .bind("from", Database.longs(partitions.stream().map(from::get)))
                .bind("to", Database.longs(partitions.stream().map(to::get)))
                .bind("topic", topic)
                .execute();
        if (moved != partitions.size()) {
            throw new LeaseLostException("offsets of " + topic + " were moved by another process");
        }
    }
}
