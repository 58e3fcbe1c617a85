package dev.renderfleet.scheduler.ops;

import dev.renderfleet.scheduler.leader.Leadership;
import dev.renderfleet.scheduler.leader.LoopStates;
import dev.renderfleet.scheduler.leader.LoopStates.LoopState;
import dev.renderfleet.scheduler.routing.JobPricer;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Readiness: what each loop does. A loop that was stopped by a fault says why, and makes the process not ready. */
@Readiness
@ApplicationScoped
class LoopHealth implements HealthCheck {

    private final LoopStates states;
    private final Leadership leadership;
    private final JobPricer pricer;

    LoopHealth(LoopStates states, Leadership leadership, JobPricer pricer) {
        this.states = states;
        this.leadership = leadership;
        this.pricer = pricer;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder answer = HealthCheckResponse.named("loops")
                .withData("leads", leadership.leads())
                .withData(
                        "release", pricer.isReady() ? "ready" : "waits for a worker to say which providers it can call")
                .withData("prices", pricer.prices());
        boolean up = true;
        for (var loop : states.all().entrySet()) {
            up &= !(loop.getValue() instanceof LoopState.Faulty);
            answer.withData(
                    "loop " + loop.getKey(),
                    switch (loop.getValue()) {
                        case LoopState.Running() -> "running";
                        case LoopState.Idle() -> "idle: another process leads, or it begins soon";
                        case LoopState.Faulty(String reason) -> reason;
                    });
        }
        return answer.status(up).build();
    }
}
