package dev.renderfleet.scheduler.api;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/**
 * A refusal by RFC 9457.
 *
 * @param code from the published list of failure codes, or a word of this API
 * @param field JSON path of the invalid field, or name of the parameter
 */
record Problem(
        String title,
        int status,
        String detail,
        String code,
        @Nullable String field) {

    static final String TYPE = "application/problem+json";

    private static final String INVALID = "invalid_field";
    private static final int BAD_REQUEST = 400;

    /** Ends a request with its problem. */
    static final class ProblemException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient Problem problem;

        private ProblemException(Problem problem) {
            super(problem.detail());
            this.problem = problem;
        }

        Problem problem() {
            return problem;
        }
    }

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
            case MALFORMED -> BAD_REQUEST;
            case TOO_LARGE -> 413;
            default -> 422;
        };
        return new Problem("the job is refused", status, message, code.wireName(), field);
    }

    /** Of a parameter in the address. */
    static Problem ofParameter(String name, String detail) {
        return new Problem("the request is refused", BAD_REQUEST, detail, INVALID, name);
    }

    /** Of a body that can be read and asks for what is not allowed. */
    static Problem ofValue(String title, @Nullable String field, String detail) {
        return new Problem(title, 422, detail, INVALID, field);
    }

    /** Of a body that cannot be read. */
    static Problem malformed(String detail, @Nullable String field) {
        return new Problem("the request is refused", BAD_REQUEST, detail, FailureCode.MALFORMED.wireName(), field);
    }

    /** The body, unless it is absent or null. */
    static <T> T given(@Nullable T body) {
        if (body == null) {
            throw malformed("the body is empty; send a JSON object", null).exception();
        }
        return body;
    }

    /** The tenant's name, unless it can be none. */
    static String tenant(@Nullable String name) {
        String fault = name == null ? "tenant is missing" : JobCodec.tenantFault(name);
        if (name == null || fault != null) {
            throw ofParameter("tenant", String.valueOf(fault)).exception();
        }
        return name;
    }

    ProblemException exception() {
        return new ProblemException(this);
    }

    Response response() {
        return Response.status(status).type(TYPE).entity(this).build();
    }
}
