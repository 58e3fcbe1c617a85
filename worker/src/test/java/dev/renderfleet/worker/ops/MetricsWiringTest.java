package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.intake.DeferredJobs;
import dev.renderfleet.worker.limits.FleetQuotas;
import dev.renderfleet.worker.limits.IgnoredHolds;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.Slots;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The gauges read what they are named after. */
class MetricsWiringTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final String PRO = "gemini-3-pro-image";
    private static final String FLASH = "gemini-3.1-flash-image";

    private final SettableClock clock = new SettableClock(NOW);
    private final ModelLimiter limiter =
            new ModelLimiter(FleetQuotas.NONE, new Slots(2), new IgnoredHolds(), "worker-1", clock, () -> 0L);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final WorkerMetrics metrics = new WorkerMetrics(registry);
    private final MetricsWiring wiring = new MetricsWiring(clock);
    private final ModelCatalogue catalogue = ModelCatalogue.builtIn();

    @Test
    void theLaneOfAModelHasItsJobsInTheWindowAndItsDeferredOnes() {
        wiring.laneGauges(new StartupEvent(), metrics, catalogue, DeferredJobs.lanes(8, PRO, 100));

        assertThat(gauge(WorkerMetrics.LANE_WINDOW, "model", PRO)).isEqualTo(4);
        assertThat(gauge(WorkerMetrics.LANE_DEFERRED, "model", PRO)).isEqualTo(96);
        assertThat(gauge(WorkerMetrics.LANE_WINDOW, "model", FLASH)).isZero();
        assertThat(gauge(WorkerMetrics.LANE_DEFERRED, "model", FLASH)).isZero();
    }

    @Test
    void aHeldModelShowsTheSecondsThatAreLeft() {
        wiring.holdGauges(new StartupEvent(), metrics, catalogue, limiter);
        limiter.applyRemote(new Hold("gemini", PRO, NOW.plusSeconds(150), FailureCode.RATE_LIMITED, "worker-2"));

        // The least jitter is 0.1 s.
        assertThat(gauge(WorkerMetrics.HOLD_SECONDS, "model", PRO)).isEqualTo(150.1);
        clock.advance(Duration.ofSeconds(100));
        assertThat(gauge(WorkerMetrics.HOLD_SECONDS, "model", PRO)).isEqualTo(50.1);
        assertThat(gauge(WorkerMetrics.HOLD_SECONDS, "model", FLASH)).isZero();
        clock.advance(Duration.ofSeconds(100));
        assertThat(gauge(WorkerMetrics.HOLD_SECONDS, "model", PRO)).isZero();
    }

    @Test
    void aRefusedAccountShowsForHowLong() {
        wiring.providerGauges(new StartupEvent(), metrics, catalogue, limiter);
        assertThat(gauge(WorkerMetrics.PROVIDER_REFUSED_SECONDS, "provider", "gemini"))
                .isZero();
        limiter.applyRemote(new ProviderHold(
                "gemini", "9f86d081", NOW.plusSeconds(300), FailureCode.PROVIDER_AUTH, null, "worker-2"));
        clock.advance(Duration.ofSeconds(60));

        assertThat(gauge(WorkerMetrics.PROVIDER_REFUSED_SECONDS, "provider", "gemini"))
                .isEqualTo(60);
        assertThat(gauge(WorkerMetrics.PROVIDER_REFUSED_SECONDS, "provider", Providers.PROOF))
                .isZero();
    }

    private double gauge(String name, String label, String value) {
        return registry.get(name).tag(label, value).gauge().value();
    }
}
