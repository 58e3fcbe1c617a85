package dev.renderfleet.contracts.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The messages of version 1 as they were first published. Kept for ever: add, never change. A change of the code that breaks one is
 * a new version of the message.
 */
public final class Golden {

    /** Jobs that decoding and encoding leave unchanged. */
    static final List<String> JOBS = List.of(
            "job-minimal",
            "job-template",
            "job-full",
            "job-on-unknown",
            "job-on-dependency-failure",
            "job-cut-out",
            "job-unknown-fields");

    static final List<String> EVENTS = List.of("event-completed", "event-failed", "event-rejected", "event-canceled");

    /** Events with fields that were added later. */
    static final List<String> LATER_EVENTS = List.of(
            "event-failed-quarantined",
            "event-failed-edit",
            "event-completed-edit",
            "event-rejected-dependency",
            "event-canceled-attempts");

    static final List<String> SIGNALS = List.of(
            "signal-hold", "signal-provider-hold", "signal-provider-hold-since", "signal-fleet", "signal-cancel");

    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(JsonReadFeature.ALLOW_SINGLE_QUOTES).build();

    private Golden() {}

    /** The file as it is. */
    public static byte[] bytes(String name) {
        return resource("/golden/v1/" + name + ".json");
    }

    static String text(String name) {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    /** JSON; single quotes are allowed to keep tests readable. */
    public static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The minimal job with some fields added or replaced; a null field removes one. */
    static byte[] jobWith(String fields) {
        ObjectNode job = (ObjectNode) json(text("job-minimal"));
        json("{" + fields + "}").properties().forEach(field -> {
            if (field.getValue().isNull()) {
                job.remove(field.getKey());
            } else {
                job.set(field.getKey(), field.getValue());
            }
        });
        return job.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** A file of the class path. */
    public static byte[] resource(String path) {
        try (InputStream stream = Golden.class.getResourceAsStream(path)) {
            if (stream == null) {
                throw new IllegalArgumentException("no resource " + path);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
