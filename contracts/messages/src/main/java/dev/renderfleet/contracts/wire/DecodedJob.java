package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import org.jspecify.annotations.Nullable;

/** What reading a job record came to. */
public sealed interface DecodedJob {

    /**
     * A job that keeps every rule that can be checked without clock, network and catalogue.
     *
     * @param id derived from tenant and key
     * @param fingerprint of the deciding fields
     */
    record Accepted(RenderJob job, JobId id, String fingerprint) implements DecodedJob {}

    /**
     * A record that breaks a rule; the first broken one in the order of the fields.
     *
     * @param code why, from the published list
     * @param field JSON path of the offending field, such as {@code references[2].uri}, or {@code headers.} and a header's name; absent
     *     where the whole record is at fault
     * @param message one sentence for people that names the rule and the remedy; quotes at most 80 characters of the input, none of
     *     them a control character
     * @param job whose record it is, without fingerprint; absent where no valid tenant and key could be read. If present, the producer
     *     is owed a {@code rejected} event
     */
    record Refused(
            FailureCode code,
            @Nullable String field,
            String message,
            @Nullable JobRef job) implements DecodedJob {}
}
