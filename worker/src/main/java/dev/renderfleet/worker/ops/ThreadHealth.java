package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.intake.JobStream;
import dev.renderfleet.worker.settle.Settler;
import dev.renderfleet.worker.settle.WatchedThread;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Alive while the consumer's thread and the settling thread are; only a restart brings one back that is not. */
@Liveness
@ApplicationScoped
class ThreadHealth implements HealthCheck {

    private final Map<String, WatchedThread> threads;

    ThreadHealth(JobStream stream, Settler settler) {
        this.threads = Map.of("consumer", stream.thread(), "settler", settler.thread());
    }

    @Override
    public HealthCheckResponse call() {
        return response(threads);
    }

    static HealthCheckResponse response(Map<String, WatchedThread> threads) {
        var response = HealthCheckResponse.named("threads").up();
        threads.forEach((name, thread) ->
                thread.fault().ifPresent(fault -> response.down().withData(name, fault)));
        return response.build();
    }
}
