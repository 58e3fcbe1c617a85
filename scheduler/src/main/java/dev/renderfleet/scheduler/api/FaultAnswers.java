package dev.renderfleet.scheduler.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import dev.renderfleet.scheduler.api.Problem.ProblemException;
import dev.renderfleet.scheduler.store.DatabaseException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Answers faults with problems. */
class FaultAnswers {

    private static final Logger LOG = Logger.getLogger(FaultAnswers.class);

    @ServerExceptionMapper
    Response refused(ProblemException refused) {
        return refused.problem().response();
    }

    /** 503 while PostgreSQL is away or full: nothing was accepted, or sending it again is harmless. */
    @ServerExceptionMapper
    Response unavailable(DatabaseException fault) {
        if (!fault.isPassing()) {
            LOG.error("request not served", fault);
            return new Problem("internal fault", 500, "the scheduler's log says more", "internal", null).response();
        }
        LOG.warnf("request not served, cause=%s", fault.reason());
        return new Problem(
                        "unavailable",
                        503,
                        "PostgreSQL cannot serve this now; send it again. It says: " + fault.reason(),
                        "unavailable",
                        null)
                .response();
    }

    @ServerExceptionMapper
    Response malformed(JsonProcessingException fault) {
        return Problem.malformed(
                        "the body is no JSON: " + fault.getOriginalMessage().replaceAll(" \\(.*", ""), null)
                .response();
    }

    /** JSON that is not as described. Quarkus has a mapper for this class too, so it is named here. */
    @ServerExceptionMapper
    Response mismatched(MismatchedInputException fault) {
        String field = fault.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .map(String::valueOf)
                .collect(Collectors.joining("."));
        return Problem.malformed(
                        fault instanceof UnrecognizedPropertyException
                                ? "there is no such field"
                                : "a field is missing, or has a value of another type",
                        field.isEmpty() ? null : field)
                .response();
    }

    /** Faults of the protocol, such as an address or a method that does not exist. */
    @ServerExceptionMapper
    Response protocol(WebApplicationException fault) {
        if (fault.getCause() instanceof JsonProcessingException json) {
            return malformed(json);
        }
        Response.StatusType status = fault.getResponse().getStatusInfo();
        String reason = status.getReasonPhrase().toLowerCase(Locale.ROOT);
        return new Problem(
                        reason,
                        status.getStatusCode(),
                        String.valueOf(fault.getMessage()),
                        reason.replace(' ', '_'),
                        null)
                .response();
    }
}
