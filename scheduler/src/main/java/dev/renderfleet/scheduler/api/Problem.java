package dev.renderfleet.scheduler.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.DecodedJob;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/**
 * A refusal by RFC 9457.
 *
 * @param code from the published list of failure codes, or a word of this API
 * @param field JSON path of the invalid field
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Problem(
        String title,
        int status,
        String detail,
        String code,
        @Nullable String field) {

    static final String TYPE = "application/problem+json";

    /** Of a body that is no job. */
    static Problem of(DecodedJob.Refused refused) {
        return of(refused.code(), refused.field(), refused.message());
    }

    /** Of an id that no job has. */
    static Problem noJob(String id) {
        return new Problem(
                "not found",
                404,
                "no job has the id " + (JobId.isValid(id) ? id : "given; an id has 40 lower-case hex characters"),
                "not_found",
                null);
    }

    static Problem of(FailureCode code, @Nullable String field, String message) {
        int status = switch (code) {
            case MALFORMED -> 400;
            case TOO_LARGE -> 413;
            default -> 422;
        };
        return new Problem("the job is refused", status, message, code.wireName(), field);
    }

    Response response() {
        return Response.status(status).type(TYPE).entity(this).build();
    }
}
