package dev.renderfleet.scheduler.store;

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
        to.forEach((partition, next) -> {
            int moved = handle.createUpdate("""
                            UPDATE kafka_offset SET next_offset = :to
                            WHERE topic = :topic AND partition = :partition AND next_offset = :from""")
                    .bind("to", next)
                    .bind("topic", topic)
                    .bind("partition", partition)
                    .bind("from", from.get(partition))
                    .execute();
            if (moved != 1) {
                throw new LeaseLostException(
                        "offset of " + topic + "/" + partition + " is no longer " + from.get(partition));
            }
        });
    }
}
