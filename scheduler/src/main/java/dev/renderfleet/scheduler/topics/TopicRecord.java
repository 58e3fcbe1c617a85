package dev.renderfleet.scheduler.topics;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A record of a topic.
 *
 * @param value null: a tombstone
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record TopicRecord(
        String topic,
        int partition,
        long offset,
        Map<String, String> headers,
        byte @Nullable [] key,
        byte @Nullable [] value) {

    /** Its place, as {@code topic/partition/offset}. */
    public String place() {
        return topic + "/" + partition + "/" + offset;
    }
}
