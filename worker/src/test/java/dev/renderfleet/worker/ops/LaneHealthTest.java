package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.intake.DeferredJobs;
import dev.renderfleet.worker.intake.Lanes;
import dev.renderfleet.worker.limits.FleetQuotas;
import dev.renderfleet.worker.limits.IgnoredHolds;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.Slots;
import java.time.Instant;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.Test;

class LaneHealthTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final String PRO = "gemini-3-pro-image";

    private final ModelLimiter limiter = new ModelLimiter(
            FleetQuotas.NONE, new Slots(2), new IgnoredHolds(), "worker-1", new SettableClock(NOW), () -> 0L);

    @Test
    void aLaneThatWaitsIsNamedWithTheEndOfItsHoldAndTheWorkerStaysReady() {
        limiter.applyRemote(new Hold("gemini", PRO, NOW.plusSeconds(150), FailureCode.RATE_LIMITED, "worker-2"));

        assertThat(lanes(DeferredJobs.lanes(8, PRO, 100)))
                .isEqualTo(Map.of(PRO, "in window 4, deferred 96, held until 2026-11-23T12:02:30.100Z"));
    }

    @Test
    void aLaneThatWaitsForNoHoldIsNamedToo() {
        assertThat(lanes(DeferredJobs.lanes(8, PRO, 5))).isEqualTo(Map.of(PRO, "in window 4, deferred 1"));
    }

    @Test
    void aLaneWithRoomIsNotNamed() {
        assertThat(lanes(DeferredJobs.lanes(8, PRO, 4))).isEmpty();
    }

    private Map<String, Object> lanes(Lanes lanes) {
        HealthCheckResponse answer = new LaneHealth(lanes, limiter).call();
        assertThat(answer.getName()).isEqualTo("lanes");
        assertThat(answer.getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
        return answer.getData().orElse(Map.of());
    }
}
