package dev.renderfleet.scheduler.ops;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Reports liveness. Quarkus adds a readiness check of PostgreSQL. */
@Liveness
@ApplicationScoped
class SchedulerHealth implements HealthCheck {

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("scheduler")
                .up()
                .withData("doing", "nothing yet: publish to render.jobs")
                .build();
    }
}
