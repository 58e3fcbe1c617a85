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
 * Reads and writes render jobs as they travel on {@link Topics#JOBS} and {@link Topics#REQUESTS}, and in the body of the REST API.
 *
 * <p>Reading never throws, whatever the bytes: it accepts, or refuses by the first broken rule. Size is bounded before parsing and
 * everything else while parsing, so a hostile record costs little more than its bytes. Fields that this version does not know are
 * carried; values that it does not know are refused, since ignoring one would draw another picture than the one that was ordered.
 * Accepted is whatever needs neither clock nor network nor catalogue to judge: deadlines, names behind hosts and models are the
 * worker's. Stateless; for any number of threads.
 */
public final class JobCodec {

    /** The largest record that is read. Kafka's own default limit is the same; pictures travel as references. */
    public static final int BYTES_MAX = 1_048_576;

    /** Reads a record without headers, or a request's body. */
    public DecodedJob decode(byte @Nullable [] value) {
        return decode(value, Map.of());
    }

    /**
     * Reads a record.
     *
     * @param value the record's value; null (a tombstone) is refused
     * @param headers the record's headers. None is fine; CloudEvents 1.x in binary or structured mode is understood
     */
    public DecodedJob decode(byte @Nullable [] value, Map<String, String> headers) {
        if (value == null) {
            return new DecodedJob.Refused(
                    FailureCode.MALFORMED, null, "the record has no value; send the job as a JSON object", null);
        }
        Map<String, @Nullable Object> object = null;
        try {
            CloudEvents.requireJob(headers);
            if (value.length > BYTES_MAX) {
                throw new RuleViolation(
                        FailureCode.TOO_LARGE,
                        null,
                        String.format(
                                Locale.ROOT,
                                "a record has at most %,d bytes, not %,d; send pictures as references",
                                BYTES_MAX,
                                value.length));
            }
            Map<String, @Nullable Object> record = BoundedJson.parse(value);
            object = CloudEvents.isStructured(headers) ? CloudEvents.unwrap(record) : record;
            RenderJob job = JobReader.read(object);
            JobId id = JobId.of(job.tenant(), job.idempotencyKey());
            return new DecodedJob.Accepted(job, id, Fingerprint.of(job));
        } catch (RuleViolation violation) {
            JobRef owner = object == null
                    ? JobOwner.scan(value, CloudEvents.isStructured(headers) ? CloudEvents.DATA : null)
                    : JobOwner.of(object);
            return new DecodedJob.Refused(violation.code(), violation.field(), violation.rule(), owner);
        }
    }

    /**
     * The job as compact JSON. Checks nothing: what came from {@link #decode} is read again as the same job; what was made by hand is
     * judged by whoever reads it.
     */
    public byte[] encode(RenderJob job) {
        return JobWriter.write(job);
    }
}
