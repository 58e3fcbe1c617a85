package dev.renderfleet.contracts.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.identity.JobId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the job of a refused record, so that a {@code rejected} event can be published. Requires a valid tenant and a valid key, each
 * exactly once and before the fault.
 */
final class JobOwner {

    private static final Set<String> WANTED = Set.of("tenant", "idempotencyKey", "batchId");
    private static final int TEXT_CHARS_MAX = 2 * TextRules.KEY_CHARS_MAX;

    private JobOwner() {}

    /** The job of a record that was parsed; valid labels and a valid batch are included. */
    static @Nullable JobRef of(Map<String, @Nullable Object> object) {
        if (!(object.get("tenant") instanceof String tenant) || TextRules.tenant(tenant) != null) {
            return null;
        }
        if (!(object.get("idempotencyKey") instanceof String key) || TextRules.key("idempotencyKey", key) != null) {
            return null;
        }
        String batchId =
                object.get("batchId") instanceof String text && TextRules.key("batchId", text) == null ? text : null;
        return new JobRef(JobId.of(tenant, key).value(), tenant, key, null, batchId, labels(object.get("labels")));
    }

    private static Map<String, String> labels(@Nullable Object labels) {
        Map<String, String> valid = new LinkedHashMap<>();
        if (labels instanceof Map<?, ?> entries && entries.size() <= JobReader.LABEL_COUNT_MAX) {
            entries.forEach((key, value) -> {
                if (key instanceof String name
                        && value instanceof String text
                        && TextRules.LABEL_KEY.matcher(name).matches()
                        && TextRules.labelValue(text) == null) {
                    valid.put(name, text);
                }
            });
        }
        return valid;
    }

    /**
     * The job of a record that could not be parsed. Streams over at most {@link JobCodec#BYTES_MAX} bytes up to the first fault and
     * keeps only the texts it looks for.
     *
     * @param below the name of the top-level field that holds the job, or null if the document is the job
     */
    static @Nullable JobRef scan(byte[] value, @Nullable String below) {
        CharBuffer text = CharBuffer.allocate(Math.min(value.length, JobCodec.BYTES_MAX));
        // Stops silently at the first byte that is not UTF-8, and at a character cut by the bound.
        var _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value, 0, text.capacity()), text, false);
        text.flip();
        Map<String, @Nullable Object> found = new HashMap<>();
        try (JsonParser parser = BoundedJson.FACTORY.createParser(text.array(), 0, text.limit())) {
            if (parser.nextToken() == JsonToken.START_OBJECT && (below == null || enter(parser, below))) {
                collect(parser, found);
            }
        } catch (IOException _) {
            // The fault ends the scan; texts found before it count.
        }
        return of(found);
    }

    private static boolean enter(JsonParser parser, String below) throws IOException {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            if (parser.nextToken() == JsonToken.START_OBJECT && name.equals(below)) {
                return true;
            }
            parser.skipChildren();
        }
        return false;
    }

    private static void collect(JsonParser parser, Map<String, @Nullable Object> found) throws IOException {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken token = parser.nextToken();
            if (!WANTED.contains(name)) {
                parser.skipChildren();
            } else if (found.containsKey(name)) {
                found.put(name, null); // ambiguous
            } else if (token == JsonToken.VALUE_STRING && parser.getTextLength() <= TEXT_CHARS_MAX) {
                found.put(name, parser.getText());
            } else {
                found.put(name, null);
                parser.skipChildren();
            }
        }
    }
}
