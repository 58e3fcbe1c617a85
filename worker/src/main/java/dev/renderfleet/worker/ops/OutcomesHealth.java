package dev.renderfleet.worker.ops;

import dev.renderfleet.worker.settle.SetAsideOutcome;
import dev.renderfleet.worker.settle.Settler;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.stream.Collectors;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Names outcomes that cannot be written. Down once they are so many that more stay in the window. */
@Readiness
@ApplicationScoped
class OutcomesHealth implements HealthCheck {

    private static final int NAMED_MAX = 5;

    private final Settler settler;

    OutcomesHealth(Settler settler) {
        this.settler = settler;
    }

    @Override
    public HealthCheckResponse call() {
        List<SetAsideOutcome> setAside = settler.setAside();
        var response = HealthCheckResponse.named("settles outcomes").status(!settler.isSetAsideFull());
        if (!setAside.isEmpty()) {
            response.withData("set aside", setAside.size())
                    .withData(
                            "the first",
                            setAside.stream()
                                    .limit(NAMED_MAX)
                                    .map(each -> each.record() + " for " + each.topics() + ": " + each.cause())
                                    .collect(Collectors.joining("; ")));
        }
        return response.build();
    }
}
