package dev.renderfleet.contracts.wire;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Headers of a record on {@link Topics#JOBS_DLQ}: why it is there and where it was. The value is the original one, byte for byte up
 * to {@link #VALUE_BYTES_MAX}, and the original headers are kept beside these. Names follow those that SmallRye's own dead letter queue uses, where it has one.
 */
public final class DeadLetters {

    /** Wire name of the failure code. */
    public static final String CODE = "dead-letter-code";
    /** JSON path of the offending field; absent where the whole record is at fault. */
    public static final String FIELD = "dead-letter-field";
    /** One sentence for people: rule and remedy. */
    public static final String REASON = "dead-letter-reason";
    /** The topic it was read from. */
    public static final String TOPIC = "dead-letter-topic";
    /** The partition it was read from, in decimal. */
    public static final String PARTITION = "dead-letter-partition";
    /** The offset it was read at, in decimal. */
    public static final String OFFSET = "dead-letter-offset";

    /** How many bytes the original value had, in decimal; only on a letter whose value was cut. */
    public static final String ORIGINAL_BYTES = "dead-letter-original-bytes";

    /** A letter's value is cut here, so that any broker takes it, whatever the job topic allows; the rest stays at its coordinates. */
    public static final int VALUE_BYTES_MAX = 512 << 10;

    private DeadLetters() {}

    /**
     * The headers for a refused record, to be added to its own.
     *
     * @param valueBytes how long the record's value is
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
