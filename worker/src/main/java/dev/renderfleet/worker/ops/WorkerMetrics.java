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
import dev.renderfleet.worker.settle.OutcomeListener;
import dev.renderfleet.worker.storage.StorageListener;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** All metric names and labels of the worker. Labels come from short fixed lists: no id, no tenant, no text of a provider. */
public final class WorkerMetrics implements AttemptListener, OutcomeListener, StorageListener {

    /** Published outcomes by {@code outcome} (completed, failed, rejected, canceled), {@code code} and {@code replay}. */
    public static final String JOBS = "renderfleet.jobs";
    /** Publish to outcome, of completed first-time jobs; a histogram. */
    public static final String JOB_SECONDS = "renderfleet.job";
    /** The same less the model's time. */
    public static final String JOB_OVERHEAD_SECONDS = "renderfleet.job.overhead";
    /** Calls of a model by {@code provider}, {@code model} and {@code outcome} (drawn or a failure code). */
    public static final String MODEL_CALL_SECONDS = "renderfleet.model.call";
    /** Cost of calls in millionths of a US dollar; unknown calls at their worst-case price. */
    public static final String COST_USD_MICROS = "renderfleet.cost.usd.micros";
    /** Bytes of images stored. */
    public static final String PICTURE_BYTES = "renderfleet.picture.bytes";
    /** Records consumed and not settled. */
    public static final String WINDOW_USED = "renderfleet.window.used";
    /** The same by {@code model}; {@code none} for records without one. */
    public static final String LANE_WINDOW = "renderfleet.lane.window";
    /** Records that wait for room in the window, by {@code model}. */
    public static final String LANE_DEFERRED = "renderfleet.lane.deferred";
    /** Renders in progress. */
    public static final String SLOTS_USED = "renderfleet.slots.used";
    /** Invalid records that name no job, by {@code code}. */
    public static final String RECORDS_UNREADABLE = "renderfleet.records.unreadable";

    /** Records of this worker's partitions that are not in progress yet. */
    public static final String CONSUMER_LAG = "renderfleet.consumer.lag";
    /** Age of the oldest outcome that is not settled. */
    public static final String UNSETTLED_SECONDS = "renderfleet.unsettled.seconds";
    /** Outcomes that cannot be written and are tried again. */
    public static final String OUTCOMES_SET_ASIDE = "renderfleet.outcomes.set.aside";
    /** Time until the end of a hold by {@code provider} and {@code model}; 0 without one. */
    public static final String HOLD_SECONDS = "renderfleet.hold.seconds";
    /** Days until a model is switched off by {@code provider} and {@code model}, negative afterwards; NaN where no day is known. */
    public static final String SHUTDOWN_DAYS = "renderfleet.model.shutdown.days";
    /** How long a provider has refused the account, by {@code provider}; 0 if it does not. */
    public static final String PROVIDER_REFUSED_SECONDS = "renderfleet.provider.refused.seconds";
    /** Files in the spool folder. */
    public static final String SPOOL_FILES = "renderfleet.spool.files";
    /** Their bytes. */
    public static final String SPOOL_BYTES = "renderfleet.spool.bytes";
    /** Requests to S3 that failed, repeated ones included, by {@code operation} (put_if, put, get, delete). */
    public static final String STORAGE_ERRORS = "renderfleet.storage.errors";

    /** Bounds of the buckets of {@link #JOB_SECONDS}. */
    private static final Duration[] JOB_BUCKETS = Stream.of(1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600)
            .map(Duration::ofSeconds)
            .toArray(Duration[]::new);

    private final MeterRegistry registry;

    public WorkerMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Registers a gauge; {@code labels} are names and values in turn. */
    void gauge(String name, Supplier<Number> value, String... labels) {
        Gauge.builder(name, value).tags(labels).register(registry);
    }

    @Override
    public void failed(String operation) {
        registry.counter(STORAGE_ERRORS, "operation", operation).increment();
    }

    @Override
    public void onAttempt(Attempt attempt, String provider) {
        Timer.builder(MODEL_CALL_SECONDS)
                .tags("provider", provider, "model", attempt.model(), "outcome", attempt.outcome())
                .register(registry)
                .record(Duration.ofMillis(attempt.durationMillis()));
        registry.counter(COST_USD_MICROS, "provider", provider, "model", attempt.model())
                .increment((double) attempt.usdMicros());
    }

    @Override
    public void published(RenderEvent event) {
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
        Timer.builder(JOB_SECONDS)
                .serviceLevelObjectives(JOB_BUCKETS)
                .register(registry)
                .record(Duration.ofMillis(total));
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
