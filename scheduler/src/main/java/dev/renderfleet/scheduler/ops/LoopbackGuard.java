package dev.renderfleet.scheduler.ops;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetSocketAddress;

/** Refuses the REST API to other machines, since it asks for no key yet. Health and metrics are not concerned. */
@ApplicationScoped
class LoopbackGuard {

    private static final int PRIORITY = 100;
    private static final String REFUSAL = """
            {"title":"forbidden","status":403,"code":"not_local","detail":"the API asks for no key, so only this machine may use it; \
            renderfleet.scheduler.open=true opens it to a network without others"}""";

    private final boolean open;

    LoopbackGuard(SchedulerSettings settings) {
        this.open = settings.scheduler().open();
    }

    void register(@Observes Filters filters) {
        if (!open) {
            filters.register(LoopbackGuard::check, PRIORITY);
        }
    }

    private static void check(RoutingContext request) {
        boolean local = request.request().remoteAddress() == null
                || new InetSocketAddress(request.request().remoteAddress().hostAddress(), 0)
                        .getAddress()
                        .isLoopbackAddress();
        if (local || !request.normalizedPath().startsWith("/v1")) {
            request.next();
        } else {
            request.response()
                    .setStatusCode(403)
                    .putHeader("content-type", "application/problem+json")
                    .end(REFUSAL);
        }
    }
}
