package dev.renderfleet.scheduler.ops;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Refuses the REST API to other machines, since it asks for no key yet. Health, metrics and the description of the API are open. */
@ApplicationScoped
class LoopbackGuard {

    private static final int PRIORITY = 100;
    private static final String OPEN = "/q/";
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
        // Named is what is open, so that no spelling of an address leads past the guard.
        if (isLocal(request.request().remoteAddress())
                || request.normalizedPath().startsWith(OPEN)) {
            request.next();
        } else {
            request.response()
                    .setStatusCode(403)
                    .putHeader("content-type", "application/problem+json")
                    .end(REFUSAL);
        }
    }

    static boolean isLocal(@Nullable SocketAddress client) {
        String host = client == null ? null : client.hostAddress();
        return host != null && new InetSocketAddress(host, 0).getAddress().isLoopbackAddress();
    }
}
