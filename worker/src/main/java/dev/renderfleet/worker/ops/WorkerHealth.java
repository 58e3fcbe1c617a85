package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.ModelState;
import dev.renderfleet.worker.limits.ProviderState;
import dev.renderfleet.worker.ops.WorkerLife.State;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready while the worker consumes jobs, its spool can be written and no refused account is held; otherwise the answer has the reason.
 * Names each held model and each refused provider.
 */
@Readiness
@ApplicationScoped
class WorkerHealth implements HealthCheck {

    private final WorkerLife life;
    private final ModelLimiter limiter;
    private final IntakeWatch intake;

    WorkerHealth(WorkerLife life, ModelLimiter limiter, IntakeWatch intake) {
        this.life = life;
        this.limiter = limiter;
        this.intake = intake;
    }

    @Override
    public HealthCheckResponse call() {
        State state = life.state();
        String fault = intake.fault();
        return answer(
                fault == null || !(state instanceof State.Consuming) ? state : new State.Impaired(fault),
                limiter.states(),
                limiter.providers());
    }

    static HealthCheckResponse answer(State state, List<ModelState> models, List<ProviderState> providers) {
        var response = HealthCheckResponse.named("takes jobs");
        String reason = switch (state) {
            case State.Consuming() -> null;
            case State.Starting(var why) -> why;
            case State.Impaired(var why) -> why;
            case State.Draining() -> "the worker shuts down";
        };
        if (reason != null) {
            response.withData("reason", reason);
        }
        models.forEach(model -> withHold(response, model));
        boolean refused = false;
        for (ProviderState provider : providers) {
            refused |= withRefusal(response, provider);
        }
        return response.status(reason == null && !refused).build();
    }

    private static void withHold(HealthCheckResponseBuilder response, ModelState model) {
        if (model.heldUntil() != null) {
            response.withData(
                    model.provider() + "/" + model.model(), "held until " + model.heldUntil() + ": " + model.reason());
        }
    }

    /** False also while a canary is due: without jobs there is none, and no update of a mended fleet shall wait for one. */
    private static boolean withRefusal(HealthCheckResponseBuilder response, ProviderState provider) {
        if (provider.refusedSince() == null) {
            return false;
        }
        String next = provider.recheckAt() == null ? "now" : "at " + provider.recheckAt();
        response.withData(
                provider.provider(),
                "refuses the account since " + provider.refusedSince() + ": " + provider.reason()
                        + "; its jobs wait, and one is tried " + next);
        return provider.recheckAt() != null;
    }
}
