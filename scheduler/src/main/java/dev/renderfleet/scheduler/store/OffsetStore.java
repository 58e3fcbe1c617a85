package dev.renderfleet.scheduler.store;

import static java.util.stream.Collectors.toMap;

import java.util.Map;

/** Offsets of the topics that the leader reads. */
public final class OffsetStore {

    private final Database database;

    public OffsetStore(Database database) {
        this.database = database;
    }

    /** The next offset of each partition that was read before. */
    public Map<Integer, Long> offsets(String topic) {
        return database.read(handle -> handle
                .createQuery("SELECT partition, next_offset FROM kafka_offset WHERE topic = :topic")
                .bind("topic", topic)
                .map((row, _) -> Map.entry(row.getInt(1), row.getLong(2)))
                .stream()
                .collect(toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    /** Begins partitions that were never read at these offsets. */
    public void begin(long epoch, String topic, Map<Integer, Long> offsets) {
        database.useAsLeader(
                epoch,
                handle -> offsets.forEach((partition, offset) -> handle.createUpdate(
                                "INSERT INTO kafka_offset (topic, partition, next_offset) VALUES (:topic, :partition, :offset)")
                        .bind("topic", topic)
                        .bind("partition", partition)
                        .bind("offset", offset)
                        .execute()));
    }
}
