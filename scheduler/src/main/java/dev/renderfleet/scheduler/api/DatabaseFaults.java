package dev.renderfleet.scheduler.api;

import dev.renderfleet.scheduler.store.DatabaseException;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Answers 503 while PostgreSQL is away: nothing was accepted, or sending it again is harmless. */
class DatabaseFaults {

    private static final Logger LOG = Logger.getLogger(DatabaseFaults.class);

    @ServerExceptionMapper
    Response unavailable(DatabaseException fault) {
        LOG.warnf("request not served, cause=%s", fault.getCause());
        return new Problem(
                        "unavailable", 503, "PostgreSQL does not answer; send the request again", "unavailable", null)
                .response();
    }
}
