package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.ops.WorkerLife.State;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready while the worker consumes jobs; otherwise the answer has the reason. */
@Readiness
@ApplicationScoped
class WorkerHealth implements HealthCheck {

    private final WorkerLife life;

    WorkerHealth(WorkerLife life) {
        this.life = life;
    }

    @Override
    public HealthCheckResponse call() {
        var response = HealthCheckResponse.named("takes jobs");
        return switch (life.state()) {
            case State.Consuming() -> response.up().build();
            case State.Starting(var reason) ->
                response.down().withData("reason", reason).build();
            case State.Impaired(var reason) ->
                response.down().withData("reason", reason).build();
            case State.Draining() ->
                response.down().withData("reason", "the worker shuts down").build();
        };
    }
}
