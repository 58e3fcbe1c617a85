package dev.renderfleet.worker.ops;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.worker.job.AttemptListener;
import dev.renderfleet.worker.settle.OutcomeWatch;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.function.Supplier;

/** All metric names and labels of the worker. Labels come from short fixed lists: no id, no tenant, no text of a provider. */
public final class WorkerMetrics implements AttemptListener, OutcomeWatch {

    /** Announced outcomes by {@code outcome} (completed, failed, rejected, canceled), {@code code} and {@code replay}. */
    public static final String JOBS = "renderfleet.jobs";
    /** Publish to outcome, of completed first-time jobs. */
    public static final String JOB_SECONDS = "renderfleet.job";
    /** What that took beside the model's calls. */
    public static final String JOB_OVERHEAD_SECONDS = "renderfleet.job.overhead";
    /** Calls of a model by {@code provider}, {@code model} and {@code outcome} (drawn or a failure code). */
    public static final String MODEL_CALL_SECONDS = "renderfleet.model.call";
    /** What calls cost, in millionths of a US dollar; calls of unknown outcome at their worst price. */
    public static final String COST_USD_MICROS = "renderfleet.cost.usd.micros";
    /** Bytes of pictures stored. */
    public static final String PICTURE_BYTES = "renderfleet.picture.bytes";
    /** Records taken and not yet settled. */
    public static final String WINDOW_USED = "renderfleet.window.used";
    /** Renders that run now. */
    public static final String SLOTS_USED = "renderfleet.slots.used";
    /** Records refused that name no job, by {@code code}. */
    public static final String RECORDS_UNREADABLE = "renderfleet.records.unreadable";

    private final MeterRegistry registry;

    public WorkerMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Shows how full the worker is. */
    public void watch(Supplier<Number> windowUsed, Supplier<Number> slotsUsed) {
        Gauge.builder(WINDOW_USED, windowUsed).register(registry);
        Gauge.builder(SLOTS_USED, slotsUsed).register(registry);
    }

    @Override
    public void attempted(Attempt attempt, String provider) {
        Timer.builder(MODEL_CALL_SECONDS)
                .tags("provider", provider, "model", attempt.model(), "outcome", attempt.outcome())
                .register(registry)
                .record(Duration.ofMillis(attempt.durationMillis()));
        registry.counter(COST_USD_MICROS, "provider", provider, "model", attempt.model())
                .increment((double) attempt.usdMicros());
    }

    @Override
    public void announced(RenderEvent event) {
        switch (event) {
            case RenderCompleted completed -> {
                count("completed", "none", completed.replay());
                if (!completed.replay()) {
                    timed(completed);
                }
            }
            case RenderFailed failed -> count("failed", failed.code().wireName(), failed.replay());
            case RenderRejected rejected -> count("rejected", rejected.code().wireName(), rejected.replay());
            case RenderCanceled canceled -> count("canceled", "none", canceled.replay());
        }
    }

    @Override
    public void unattributed(FailureCode code) {
        registry.counter(RECORDS_UNREADABLE, "code", code.wireName()).increment();
    }

    private void timed(RenderCompleted completed) {
        long total = completed.latency().total();
        registry.timer(JOB_SECONDS).record(Duration.ofMillis(total));
        registry.timer(JOB_OVERHEAD_SECONDS)
                .record(Duration.ofMillis(total - completed.latency().model()));
        registry.counter(PICTURE_BYTES).increment((double)
                completed.images().stream().mapToLong(Image::bytes).sum());
    }

    private void count(String outcome, String code, boolean replay) {
        registry.counter(JOBS, "outcome", outcome, "code", code, "replay", Boolean.toString(replay))
                .increment();
    }
}
