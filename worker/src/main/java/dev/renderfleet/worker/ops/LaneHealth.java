package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.intake.Lanes;
import dev.renderfleet.worker.intake.Lanes.LaneState;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.ModelState;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Shows each model whose jobs wait, and until when. Always UP: jobs of other models go on. */
@Readiness
@ApplicationScoped
class LaneHealth implements HealthCheck {

    private final Lanes lanes;
    private final ModelLimiter limiter;

    LaneHealth(Lanes lanes, ModelLimiter limiter) {
        this.lanes = lanes;
        this.limiter = limiter;
    }

    @Override
    public HealthCheckResponse call() {
        Map<String, Instant> heldUntil = new HashMap<>();
        for (ModelState model : limiter.states()) {
            if (model.heldUntil() != null) {
                heldUntil.put(model.model(), model.heldUntil());
            }
        }
        var response = HealthCheckResponse.named("lanes").up();
        for (LaneState lane : lanes.states()) {
            Instant until = heldUntil.get(lane.model());
            if (until != null || lane.deferred() > 0) {
                response.withData(
                        lane.model(),
                        "in window " + lane.inWindow() + ", deferred " + lane.deferred()
                                + (until == null ? "" : ", held until " + until));
            }
        }
        return response.build();
    }
}
