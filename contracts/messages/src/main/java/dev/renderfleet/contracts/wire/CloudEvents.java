package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.identity.Fingerprint;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.contracts.signal.Signal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * CloudEvents 1.0 in the Kafka binding's binary mode, as headers of a record. The extensions {@code tenant} and {@code replay} let a
 * consumer route and skip without reading the value; {@code traceparent} (W3C) connects job and event.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md">Kafka binding</a>
 */
public final class CloudEvents {

    public static final String SPECVERSION = "ce_specversion";
    public static final String ID = "ce_id";
    public static final String TYPE = "ce_type";
    public static final String SOURCE = "ce_source";
    public static final String SUBJECT = "ce_subject";
    public static final String TIME = "ce_time";
    /** Extension: the job's tenant. */
    public static final String TENANT = "ce_tenant";
    /**
     * Extension: {@code true} on an outcome that was published before; absent otherwise. On a job: publish the stored outcome again, and
     * begin no other run after a failure.
     */
    public static final String REPLAY = "ce_replay";

    public static final String CONTENT_TYPE = "content-type";
    public static final String TRACEPARENT = "traceparent";

    /** Type of a render job, version 1. */
    public static final String JOB_TYPE = "dev.renderfleet.render.job.v1";

    /** Type of a hold, version 1. */
    public static final String HOLD_TYPE = "dev.renderfleet.signal.hold.v1";

    /** Type of a provider's hold, version 1. */
    public static final String PROVIDER_HOLD_TYPE = "dev.renderfleet.signal.provider-hold.v1";

    /** Type of a fleet's set-up, version 1. */
    public static final String FLEET_TYPE = "dev.renderfleet.signal.fleet.v1";

    /** Type of a cancel, version 1. */
    public static final String CANCEL_TYPE = "dev.renderfleet.signal.cancel.v1";

    /** The field of a structured event that contains the job. */
    static final String DATA = "data";

    /** The same for a job in base64. */
    private static final String DATA_BASE64 = "data_base64";

    private static final String JSON = "application/json; charset=utf-8";
    private static final String STRUCTURED_JSON = "application/cloudevents+json";
    private static final Pattern VERSION_1 = Pattern.compile("1\\.\\d{1,3}");
    private static final Pattern TRACE =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private CloudEvents() {}

    /** Type of an event, version 1: {@code dev.renderfleet.render.} and its outcome. */
    public static String type(RenderEvent event) {
        return "dev.renderfleet.render." + event.outcome() + ".v1";
    }

    /** Id of an event: the job's id, the outcome and the record that led to it, as {@code topic/partition/offset}. A replay has the id of the first event. */
    public static String eventId(RenderEvent event, String record) {
        return event.job().jobId() + ":" + event.outcome() + ":" + record;
    }

    /**
     * Headers of a job record. Its id is the job's id and the fingerprint: publishing the same job again is the same event, and the
     * same key with other deciding fields is not.
     *
     * @param source the publisher, a URI reference such as {@code /renderfleet/scheduler}
     * @param traceparent passed on if well-formed
     */
    public static Map<String, String> ofJob(RenderJob job, String source, Instant time, @Nullable String traceparent) {
        JobId id = JobId.of(job.tenant(), job.idempotencyKey());
        return ofJob(new DecodedJob.Accepted(job, id, Fingerprint.of(job)), source, time, traceparent);
    }

    /** The same of a job that was read, with its id and fingerprint. */
    public static Map<String, String> ofJob(
            DecodedJob.Accepted read, String source, Instant time, @Nullable String traceparent) {
        String jobId = read.id().value();
        return headers(
                jobId + ":" + read.fingerprint(),
                JOB_TYPE,
                source,
                jobId,
                time,
                read.job().tenant(),
                traceparent);
    }

    /**
     * Headers of an event.
     *
     * @param record the record that led to the outcome, as {@code topic/partition/offset}; an earlier one if this is a replay
     * @param source the publisher, a URI reference such as {@code /renderfleet/worker}
     * @param time of the outcome
     * @param traceparent of the job's record; passed on if well-formed
     */
    public static Map<String, String> ofEvent(
            RenderEvent event, String record, String source, Instant time, @Nullable String traceparent) {
        Map<String, String> headers = headers(
                eventId(event, record),
                type(event),
                source,
                event.job().jobId(),
                time,
                event.job().tenant(),
                traceparent);
        if (event.replay()) {
            headers.put(REPLAY, "true");
        }
        return headers;
    }

    /** Type of a signal, version 1. */
    public static String type(Signal signal) {
        return switch (signal) {
            case Hold _ -> HOLD_TYPE;
            case ProviderHold _ -> PROVIDER_HOLD_TYPE;
            case FleetSetup _ -> FLEET_TYPE;
            case Cancel _ -> CANCEL_TYPE;
        };
    }

    /**
     * Headers of a signal. Its id is its origin, its key (of a cancel the job's id) and its end, or the time if it has no end, so
     * publishing a hold again yields the same event.
     *
     * @param source the publisher, a URI reference such as {@code /renderfleet/worker}
     * @param time when the cause was found
     */
    public static Map<String, String> ofSignal(Signal signal, String source, Instant time) {
        String id = switch (signal) {
            case Hold hold -> hold.origin() + ":" + hold.key() + ":" + hold.until();
            case ProviderHold hold -> hold.origin() + ":" + hold.key() + ":" + hold.until();
            case FleetSetup fleet -> fleet.origin() + ":" + fleet.key() + ":" + time;
            case Cancel cancel -> cancel.origin() + ":" + cancel.jobId() + ":" + cancel.until();
        };
        return headers(id, type(signal), source, signal.key(), time, null, null);
    }

    private static Map<String, String> headers(
            String id,
            String type,
            String source,
            String subject,
            Instant time,
            @Nullable String tenant,
            @Nullable String traceparent) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(SPECVERSION, "1.0");
        headers.put(ID, id);
        headers.put(TYPE, type);
        headers.put(SOURCE, source);
        headers.put(SUBJECT, subject);
        headers.put(TIME, time.toString());
        if (tenant != null) {
            headers.put(TENANT, tenant);
        }
        headers.put(CONTENT_TYPE, JSON);
        if (traceparent != null && TRACE.matcher(traceparent).matches()) {
            headers.put(TRACEPARENT, traceparent);
        }
        return headers;
    }

    /** The record's {@code traceparent} if it is well-formed by W3C Trace Context, else null. */
    public static @Nullable String traceparent(Map<String, String> headers) {
        String traceparent = header(headers, TRACEPARENT);
        return traceparent != null && TRACE.matcher(traceparent).matches() ? traceparent : null;
    }

    /** Whether a job's record asks for the stored outcome only. */
    public static boolean asksForReplay(Map<String, String> headers) {
        return "true".equals(header(headers, REPLAY));
    }

    /** Whether the headers say that the value is a complete CloudEvent with the job in its field {@code data}. */
    static boolean isStructured(Map<String, String> headers) {
        String contentType = header(headers, CONTENT_TYPE);
        if (contentType == null) {
            return false;
        }
        int parameters = contentType.indexOf(';');
        String mediaType = parameters < 0 ? contentType : contentType.substring(0, parameters);
        return mediaType.strip().toLowerCase(Locale.ROOT).equals(STRUCTURED_JSON);
    }

    /** Whether the value is one by itself: it has an envelope with data, and no tenant. */
    static boolean isEnvelope(Map<String, @Nullable Object> value) {
        return value.get("specversion") instanceof String
                && (value.get(DATA) != null || value.get(DATA_BASE64) != null)
                && !value.containsKey("tenant");
    }

    /** Refuses a record whose headers name another type than a render job of CloudEvents 1.x. */
    static void requireJob(Map<String, String> headers) {
        require("headers." + SPECVERSION, header(headers, SPECVERSION), "headers." + TYPE, header(headers, TYPE));
    }

    /** The job in a structured event: as an object, or its JSON in UTF-8, sent as text or as base64. */
    sealed interface Data {
        record Fields(Map<String, @Nullable Object> job) implements Data {}

        @SuppressWarnings("ArrayRecordComponent") // Handed on at once, never compared.
        record Text(byte[] json) implements Data {}
    }

    static Data data(Map<String, @Nullable Object> event) {
        JsonFields fields = new JsonFields(JsonPath.ROOT, event);
        require("specversion", fields.text("specversion"), "type", fields.text("type"));
        if (fields.isObject(DATA)) {
            return new Data.Fields(object(event));
        } else if (fields.isText(DATA)) {
            return new Data.Text(fields.text(DATA).getBytes(StandardCharsets.UTF_8));
        } else if (fields.has(DATA) || !fields.has(DATA_BASE64)) {
            throw fields.violation(DATA, "data must be the job as a JSON object, or its JSON as text");
        }
        return new Data.Text(base64(fields));
    }

    /** The owner of the job in a structured event whose envelope is refused. */
    static @Nullable JobRef owner(Map<String, @Nullable Object> event) {
        return event.get(DATA) instanceof Map<?, ?> ? JobOwner.of(object(event)) : null;
    }

    @SuppressWarnings("unchecked") // objects of BoundedJson have texts as names
    private static Map<String, @Nullable Object> object(Map<String, @Nullable Object> event) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(event.get(DATA));
    }

    private static byte[] base64(JsonFields event) {
        try {
            String standard = event.text(DATA_BASE64).replace('-', '+').replace('_', '/');
            return Base64.getDecoder().decode(standard);
        } catch (IllegalArgumentException e) {
            throw event.violation(DATA_BASE64, "data_base64 must be the job's JSON in base64");
        }
    }

    private static void require(
            String versionField, @Nullable String version, String typeField, @Nullable String type) {
        if (version != null && !VERSION_1.matcher(version).matches()) {
            throw new RuleViolation(
                    FailureCode.INVALID_FIELD,
                    versionField,
                    "only CloudEvents 1.0 is supported, not " + PrintableText.quoted(version));
        }
        if (type != null && !type.equals(JOB_TYPE)) {
            throw new RuleViolation(
                    FailureCode.INVALID_FIELD,
                    typeField,
                    String.format(Locale.ROOT, "this topic carries %s, not %s", JOB_TYPE, PrintableText.quoted(type)));
        }
    }

    // Kafka's header names are case-sensitive, but HTTP habits ("Content-Type") are common.
    private static @Nullable String header(Map<String, String> headers, String name) {
        String exact = headers.get(name);
        if (exact != null) {
            return exact;
        }
        for (Map.Entry<String, String> header : headers.entrySet()) {
            if (header.getKey().equalsIgnoreCase(name)) {
                return header.getValue();
            }
        }
        return null;
    }
}
