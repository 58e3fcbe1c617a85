package dev.renderfleet.contracts.wire;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Headers of a record on {@link Topics#JOBS_DLQ}: the reason and the record's origin. They follow the original headers. Key, headers and
 * value are the original ones, byte for byte, the value up to {@link #VALUE_BYTES_MAX}; a tombstone stays one. Names follow SmallRye's
 * dead letter queue where it has one.
 */
public final class DeadLetters {

    /** Wire name of the failure code. */
    public static final String CODE = "dead-letter-code";
    /** JSON path of the invalid field; absent if the whole record is invalid. */
    public static final String FIELD = "dead-letter-field";
    /** One sentence for people: rule and remedy. */
    public static final String REASON = "dead-letter-reason";
    /** The record's topic. */
    public static final String TOPIC = "dead-letter-topic";
    /** The record's partition, in decimal. */
    public static final String PARTITION = "dead-letter-partition";
    /** The record's offset, in decimal. */
    public static final String OFFSET = "dead-letter-offset";

    /** Size of the original value in bytes, in decimal; only if the value was cut. */
    public static final String ORIGINAL_BYTES = "dead-letter-original-bytes";

    /** Number of original headers, in decimal; only if key and headers were left out because the topic takes no record so large. */
    public static final String HEADERS_DROPPED = "dead-letter-headers-dropped";

    /** All these headers. */
    public static final List<String> NAMES =
            List.of(CODE, FIELD, REASON, TOPIC, PARTITION, OFFSET, ORIGINAL_BYTES, HEADERS_DROPPED);

    /**
     * Largest value of a dead letter; longer ones are cut, so that any broker accepts them, and cut further where a topic takes less. The
     * original stays at its offset.
     */
    public static final int VALUE_BYTES_MAX = 512 << 10;

    private DeadLetters() {}

    /**
     * The headers for a refused record, in addition to its own.
     *
     * @param valueBytes size of the record's value
     */
    public static Map<String, String> headers(
            DecodedJob.Refused refused, String topic, int partition, long offset, int valueBytes) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(CODE, refused.code().wireName());
        if (refused.field() != null) {
            headers.put(FIELD, refused.field());
        }
        headers.put(REASON, refused.message());
        headers.put(TOPIC, topic);
        headers.put(PARTITION, Integer.toString(partition));
        headers.put(OFFSET, Long.toString(offset));
        if (valueBytes > VALUE_BYTES_MAX) {
            headers.put(ORIGINAL_BYTES, Integer.toString(valueBytes));
        }
        return headers;
    }
}
