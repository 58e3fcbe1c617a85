package dev.renderfleet.worker.ops;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.worker.intake.JobChannel;
import dev.renderfleet.worker.intake.JobStream;
import dev.renderfleet.worker.intake.Lanes;
import dev.renderfleet.worker.intake.Lanes.LaneState;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.ModelState;
import dev.renderfleet.worker.limits.ProviderState;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.settle.Settler;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/** Metrics, and the gauges that read the parts. */
@Singleton
class MetricsWiring {

    private final InstantSource clock;

    MetricsWiring(InstantSource clock) {
        this.clock = clock;
    }

    @Produces
    @Singleton
    WorkerMetrics metrics(MeterRegistry registry) {
        return new WorkerMetrics(registry);
    }

    void jobGauges(@Observes StartupEvent event, WorkerMetrics metrics, JobChannel channel, Slots slots, Spool spool) {
        metrics.gauge(WorkerMetrics.WINDOW_USED, channel::held);
        metrics.gauge(WorkerMetrics.SLOTS_USED, slots::used);
        metrics.gauge(WorkerMetrics.SPOOL_FILES, () -> spool.usage().files());
        metrics.gauge(WorkerMetrics.SPOOL_BYTES, () -> spool.usage().bytes());
    }

    void lagGauge(@Observes StartupEvent event, WorkerMetrics metrics, JobStream stream) {
        metrics.gauge(WorkerMetrics.CONSUMER_LAG, stream::lag);
    }

    void outcomeGauges(@Observes StartupEvent event, WorkerMetrics metrics, Settler settler) {
        metrics.gauge(WorkerMetrics.OUTCOMES_SET_ASIDE, () -> settler.setAside().size());
        metrics.gauge(
                WorkerMetrics.UNSETTLED_SECONDS, () -> settler.unsettledFor().toMillis() / 1_000.0);
    }

    void laneGauges(@Observes StartupEvent event, WorkerMetrics metrics, ModelCatalogue catalogue, Lanes lanes) {
        Stream.concat(catalogue.models().stream().map(ModelCard::id), Stream.of(Lanes.NO_MODEL))
                .forEach(model -> {
                    metrics.gauge(
                            WorkerMetrics.LANE_WINDOW,
                            () -> laneSum(lanes, model, LaneState::inWindow),
                            "model",
                            model);
                    metrics.gauge(
                            WorkerMetrics.LANE_DEFERRED,
                            () -> laneSum(lanes, model, LaneState::deferred),
                            "model",
                            model);
                });
    }

    private static int laneSum(Lanes lanes, String model, ToIntFunction<LaneState> part) {
        return lanes.states().stream()
                .filter(lane -> lane.model().equals(model))
                .mapToInt(part)
                .sum();
    }

    void holdGauges(
            @Observes StartupEvent event, WorkerMetrics metrics, ModelCatalogue catalogue, ModelLimiter limiter) {
        for (ModelCard model : catalogue.models()) {
            metrics.gauge(
                    WorkerMetrics.HOLD_SECONDS,
                    () -> heldSeconds(model, limiter),
                    "provider",
                    model.provider(),
                    "model",
                    model.id());
        }
    }

    void shutdownGauges(
            @Observes StartupEvent event, WorkerMetrics metrics, ModelCatalogue catalogue, ShutdownWatch shutdowns) {
        for (ModelCard model : catalogue.models()) {
            metrics.gauge(
                    WorkerMetrics.SHUTDOWN_DAYS,
                    () -> shutdowns.daysLeft(model),
                    "provider",
                    model.provider(),
                    "model",
                    model.id());
        }
    }

    void providerGauges(
            @Observes StartupEvent event, WorkerMetrics metrics, ModelCatalogue catalogue, ModelLimiter limiter) {
        catalogue.models().stream()
                .map(ModelCard::provider)
                .distinct()
                .forEach(provider -> metrics.gauge(
                        WorkerMetrics.PROVIDER_REFUSED_SECONDS,
                        () -> refusedSeconds(provider, limiter),
                        "provider",
                        provider));
    }

    private double refusedSeconds(String provider, ModelLimiter limiter) {
        Instant now = clock.instant();
        return limiter.providers().stream()
                .filter(state -> state.provider().equals(provider))
                .map(ProviderState::refusedSince)
                .filter(Objects::nonNull)
                .mapToDouble(since -> Duration.between(since, now).toMillis() / 1_000.0)
                .findFirst()
                .orElse(0);
    }

    private double heldSeconds(ModelCard model, ModelLimiter limiter) {
        Instant now = clock.instant();
        return limiter.states().stream()
                .filter(state -> state.provider().equals(model.provider())
                        && state.model().equals(model.id()))
                .map(ModelState::heldUntil)
                .filter(Objects::nonNull)
                .mapToDouble(until -> Math.max(0, Duration.between(now, until).toMillis() / 1_000.0))
                .findFirst()
                .orElse(0);
    }
}
