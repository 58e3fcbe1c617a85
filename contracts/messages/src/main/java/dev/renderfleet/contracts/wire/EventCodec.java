package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the events of {@link Topics#EVENTS}: one flat JSON object with the job's identity, the outcome, then the rest in the
 * order of the record.
 *
 * <p>A consumer may be older than the fleet: unknown fields are ignored, and an unknown failure code is read as
 * {@link FailureCode#UNRECOGNISED} with the code itself in front of the message. An unknown outcome is an error. Stateless; for any
 * number of threads.
 */
public final class EventCodec {

    private static final int CODE_CHARS_MAX = 64;

    /** The event as compact JSON; equal events have equal bytes. Half surrogate pairs and NUL in its texts become U+FFFD. */
    public byte[] encode(RenderEvent event) {
        return MessageWriter.write((Record) event);
    }

    /**
     * The event in the bytes.
     *
     * @throws UnreadableEventException if the bytes are no event of version 1
     */
    public RenderEvent decode(byte[] value) {
        return decode(value, null);
    }

    /**
     * The event in the bytes.
     *
     * @param type the record's {@code ce_type}; if given, it must agree with the outcome
     * @throws UnreadableEventException if the bytes are no event of version 1, or another than the type says
     */
    public RenderEvent decode(byte[] value, @Nullable String type) {
        try {
            RenderEvent event = event(BoundedJson.parse(value));
            if (type != null && !type.equals(CloudEvents.type(event))) {
                throw new UnreadableEventException(
                        CloudEvents.TYPE,
                        String.format(
                                Locale.ROOT,
                                "the header says %s, the value %s",
                                PrintableText.quoted(type),
                                event.outcome()));
            }
            return event;
        } catch (RuleViolation violation) {
            throw new UnreadableEventException(violation.field(), violation.rule());
        }
    }

    private static RenderEvent event(Map<String, @Nullable Object> object) {
        JsonFields fields = new JsonFields(JsonPath.ROOT, withUnknownCodeInMessage(object));
        String outcome = fields.text("outcome");
        return switch (outcome) {
            case "completed" -> RecordReader.read(RenderCompleted.class, fields);
            case "failed" -> RecordReader.read(RenderFailed.class, fields);
            case "rejected" -> RecordReader.read(RenderRejected.class, fields);
            case "canceled" -> RecordReader.read(RenderCanceled.class, fields);
            default -> throw fields.violation("outcome", "unknown outcome " + PrintableText.quoted(outcome));
        };
    }

    /** Puts an unknown code in front of the message, so that people can search for it. */
    private static Map<String, @Nullable Object> withUnknownCodeInMessage(Map<String, @Nullable Object> event) {
        if (event.get("code") instanceof String code
                && event.get("message") instanceof String message
                && FailureCode.ofWireName(code) == FailureCode.UNRECOGNISED) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>(event);
            copy.put("message", "[" + PrintableText.plain(code, CODE_CHARS_MAX) + "] " + message);
            return copy;
        }
        return event;
    }
}
