package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.ops.WorkerLife.State;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready while the worker takes jobs; otherwise the reason stands in the answer. */
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
            case State.Taking() -> response.up().build();
            case State.Starting(var reason) ->
                response.down().withData("reason", reason).build();
            case State.Impaired(var reason) ->
                response.down().withData("reason", reason).build();
            case State.Leaving() ->
                response.down().withData("reason", "the worker is leaving").build();
        };
    }
}
