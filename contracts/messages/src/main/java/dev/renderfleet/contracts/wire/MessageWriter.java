package dev.renderfleet.contracts.wire;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.Prompt;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing;
import dev.renderfleet.contracts.job.WireNamed;
import dev.renderfleet.contracts.signal.Signal;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes records as compact JSON in UTF-8: components in the order of the record, nulls omitted, maps sorted by name, so that equal
 * messages have equal bytes. Mix-ins carry Jackson's annotations; the records stay free of them.
 */
final class MessageWriter {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .defaultPropertyInclusion(JsonInclude.Value.construct(Include.NON_NULL, Include.ALWAYS))
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .addMixIn(WireNamed.class, ByWireName.class)
            .addMixIn(FailureCode.class, ByWireName.class)
            .addMixIn(RenderEvent.class, FlatEvent.class)
            .addMixIn(RenderRejected.class, RejectedWithRetryable.class)
            .addMixIn(Signal.class, NamedSignal.class)
            .addMixIn(RenderJob.class, KnownFields.class)
            .addMixIn(Prompt.Text.class, PlainText.class)
            .addMixIn(Prompt.Template.class, NonEmpty.class)
            .addMixIn(Routing.class, NonEmpty.class)
            .addMixIn(Output.class, NonEmpty.class)
            .addMixIn(Grounding.class, NonFalse.class)
            .addModule(new SimpleModule()
                    .addSerializer(Instant.class, ToStringSerializer.instance)
                    .addSerializer(String.class, new TextSerializer()))
            .build();

    private static final ObjectWriter UNSORTED =
            MAPPER.writer().without(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() {};

    private MessageWriter() {}

    /** The record as JSON. */
    static byte[] write(Record message) {
        return write(MAPPER.writer(), message);
    }

    /** The object as JSON, its fields in the order given at every depth. */
    static byte[] write(Map<String, Object> object) {
        return write(UNSORTED, object);
    }

    /** The record's fields as they are written, in a map that may be changed. */
    static Map<String, Object> fields(Record message) {
        return MAPPER.convertValue(message, OBJECT);
    }

    private static byte[] write(ObjectWriter writer, Object message) {
        try {
            return writer.writeValueAsBytes(message);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not made of JSON values", e);
        }
    }

    interface ByWireName {
        @JsonValue
        String wireName();
    }

    @JsonPropertyOrder({"job", "outcome", "replay"})
    interface FlatEvent {
        @JsonUnwrapped
        JobRef job();

        @JsonProperty
        String outcome();
    }

    @JsonPropertyOrder({"job", "outcome", "replay", "code", "retryable"})
    interface RejectedWithRetryable {
        @JsonProperty
        boolean retryable();
    }

    @JsonPropertyOrder("signal")
    interface NamedSignal {
        @JsonProperty("signal")
        String name();
    }

    @JsonInclude(Include.NON_EMPTY)
    interface KnownFields {
        @JsonIgnore
        Map<String, Object> unknownFields();
    }

    interface PlainText {
        @JsonValue
        String text();
    }

    @JsonInclude(Include.NON_EMPTY)
    interface NonEmpty {}

    @JsonInclude(Include.NON_DEFAULT)
    interface NonFalse {}

    /** Replaces NUL and half surrogate pairs by U+FFFD: a provider's message cut inside an emoji must not prevent an event. */
    private static final class TextSerializer extends StdScalarSerializer<String> {
        TextSerializer() {
            super(String.class);
        }

        @Override
        public void serialize(String text, JsonGenerator generator, SerializerProvider provider) throws IOException {
            generator.writeString(
                    BoundedJson.isStorable(text)
                            ? text
                            : BoundedJson.UNSTORABLE.matcher(text).replaceAll("\uFFFD"));
        }
    }
}
