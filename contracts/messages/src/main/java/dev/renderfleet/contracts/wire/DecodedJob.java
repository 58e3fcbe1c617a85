package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import org.jspecify.annotations.Nullable;

/** The result of reading a job record. */
public sealed interface DecodedJob {

    /**
     * A job that satisfies every rule that needs neither clock nor network nor catalogue.
     *
     * @param id derived from tenant and key
     * @param fingerprint digest of the fields that decide the result
     */
    record Accepted(RenderJob job, JobId id, String fingerprint) implements DecodedJob {}

    /**
     * A record that breaks a rule. Names the first broken rule in the order of the fields.
     *
     * @param code reason, from the published list
     * @param field JSON path of the invalid field, such as {@code references[2].uri}, or {@code headers.} and a header's name; absent if
     *     the whole record is invalid
     * @param message one sentence for people that names the rule and the remedy; quotes at most 80 characters of the input, none of
     *     them a control character
     * @param job the record's job, without fingerprint; absent if no valid tenant and key could be read. If present, a {@code rejected}
     *     event is due
     */
    record Refused(
            FailureCode code,
            @Nullable String field,
            String message,
            @Nullable JobRef job) implements DecodedJob {}
}
