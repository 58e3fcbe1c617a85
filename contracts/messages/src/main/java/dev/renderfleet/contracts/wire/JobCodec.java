package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.Fingerprint;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the render jobs of {@link Topics#JOBS}, {@link Topics#REQUESTS} and the REST API.
 *
 * <p>Reading never throws: it accepts the record, or refuses it for the first broken rule. The size is checked before parsing and all
 * other bounds while parsing, so a hostile record costs little more than its bytes. Unknown fields are kept. Unknown values are
 * refused, since ignoring one would render another image than the one ordered. Rules that need a clock, the network or the catalogue
 * (deadlines, host names, models) are checked by the worker. Stateless; for any number of threads.
 */
public final class JobCodec {

    /** Largest record that is read, in bytes; the same as Kafka's default limit. Images are sent as references. */
    public static final int BYTES_MAX = 1_048_576;

    /** Reads a record without headers, or a request's body. */
    public DecodedJob decode(byte @Nullable [] value) {
        return decode(value, Map.of());
    }

    /**
     * Reads a record.
     *
     * @param value the record's value; null (a tombstone) is refused
     * @param headers the record's headers, or none; CloudEvents 1.x in binary and structured mode is supported
     */
    public DecodedJob decode(byte @Nullable [] value, Map<String, String> headers) {
        if (value == null) {
            return new DecodedJob.Refused(
                    FailureCode.MALFORMED, null, "the record has no value; send the job as a JSON object", null);
        }
        try {
            CloudEvents.requireJob(headers);
            if (value.length > BYTES_MAX) {
                throw new RuleViolation(
                        FailureCode.TOO_LARGE,
                        null,
                        String.format(
                                Locale.ROOT,
                                "a record has at most %,d bytes, not %,d; send images as references",
                                BYTES_MAX,
                                value.length));
            }
            Map<String, @Nullable Object> record = BoundedJson.parse(value);
            return CloudEvents.isStructured(headers) || CloudEvents.isEnvelope(record)
                    ? unwrapped(record)
                    : job(record);
        } catch (RuleViolation violation) {
            return refused(violation, owner(value, headers));
        }
    }

    private static DecodedJob job(Map<String, @Nullable Object> object) {
        try {
            RenderJob job = JobReader.read(object);
            JobId id = JobId.of(job.tenant(), job.idempotencyKey());
            return new DecodedJob.Accepted(job, id, Fingerprint.of(job));
        } catch (RuleViolation violation) {
            return refused(violation, JobOwner.of(object));
        }
    }

    private static DecodedJob unwrapped(Map<String, @Nullable Object> event) {
        try {
            return switch (CloudEvents.data(event)) {
                case CloudEvents.Data.Fields(var job) -> job(job);
                case CloudEvents.Data.Text(var json) -> textOrBytes(json);
            };
        } catch (RuleViolation violation) {
            return refused(violation, CloudEvents.owner(event));
        }
    }

    private static DecodedJob textOrBytes(byte[] json) {
        try {
            return job(BoundedJson.parse(json));
        } catch (RuleViolation violation) {
            String field = violation.field() == null ? CloudEvents.DATA : violation.field();
            return new DecodedJob.Refused(violation.code(), field, violation.rule(), JobOwner.scan(json, null));
        }
    }

    private static DecodedJob.Refused refused(RuleViolation violation, @Nullable JobRef owner) {
        return new DecodedJob.Refused(violation.code(), violation.field(), violation.rule(), owner);
    }

    /** The job that the record names, if tenant and key can be read. For records that {@link #decode} cannot cope with. */
    public @Nullable JobRef owner(byte @Nullable [] value, Map<String, String> headers) {
        return value == null ? null : JobOwner.scan(value, CloudEvents.isStructured(headers) ? CloudEvents.DATA : null);
    }

    /** The rule of a tenant's name that the text breaks; null: none. */
    public static @Nullable String tenantFault(String tenant) {
        return TextRules.tenant(tenant);
    }

    /**
     * The job as compact JSON. A job from {@link #decode} is read again as the same job. Validates nothing: a job made by other
     * means is validated when it is read.
     */
    public byte[] encode(RenderJob job) {
        return JobWriter.write(job);
    }
}
