package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.worker.limits.Slots;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics as Prometheus reads them: names and labels are an interface, written down in docs/operations.md. */
@SuppressWarnings("deprecation") // Quarkus's own registry for Prometheus is the one of the old client library.
class WorkerMetricsTest {

    private static final JobRef JOB = new JobRef("0".repeat(40), "acme", "k", "f".repeat(64), null, Map.of());
    private static final Pattern SAMPLE = Pattern.compile("^(renderfleet_[a-z_]+)(?:\\{([^}]*)})? (\\S+)$");
    private static final Pattern DOCUMENTED =
            Pattern.compile("^\\| `(renderfleet_(?!scheduler_)[a-z_]+)(?:\\{([^}]*)})?` \\|.*");

    @TempDir
    Path spool = Path.of("set by JUnit");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final WorkerMetrics metrics = new WorkerMetrics(registry);
    private final Slots slots = new Slots(2);

    @BeforeEach
    void everythingHappensOnce() {
        slots.acquire();
        metrics.gauge(WorkerMetrics.WINDOW_USED, () -> 0);
        metrics.gauge(WorkerMetrics.LANE_WINDOW, () -> 0, "model", "m");
        metrics.gauge(WorkerMetrics.LANE_DEFERRED, () -> 0, "model", "m");
        metrics.gauge(WorkerMetrics.SLOTS_USED, slots::used);
        metrics.gauge(WorkerMetrics.CONSUMER_LAG, () -> 12);
        metrics.gauge(WorkerMetrics.UNSETTLED_SECONDS, () -> 0.25);
        metrics.gauge(WorkerMetrics.OUTCOMES_SET_ASIDE, () -> 0);
        metrics.gauge(WorkerMetrics.HOLD_SECONDS, () -> 30.5, "provider", "gemini", "model", "m");
        metrics.gauge(WorkerMetrics.PROVIDER_REFUSED_SECONDS, () -> 60, "provider", "gemini");
        metrics.gauge(WorkerMetrics.SHUTDOWN_DAYS, () -> 20, "provider", "openai", "model", "m");
        metrics.gauge(WorkerMetrics.SPOOL_FILES, () -> 2);
        metrics.gauge(WorkerMetrics.SPOOL_BYTES, () -> 36_000_000L);
        metrics.failed("put_if");
        metrics.onAttempt(new Attempt(1, "m", "drawn", Instant.EPOCH, 7_000, null, null, 33_600), "gemini");
        metrics.published(completed(false));
        metrics.published(new RenderFailed(
                JOB, false, FailureCode.NO_IMAGE, true, "m", null, List.of(), Usage.NONE, new Cost(1, "v")));
        metrics.published(new RenderRejected(JOB, false, FailureCode.UNKNOWN_MODEL, "model", "m"));
        metrics.published(new RenderCanceled(JOB, false, "m", new Cost(0, "v")));
        metrics.unattributed(FailureCode.MALFORMED);
    }

    @Test
    void namesAndLabelsAreThoseOfTheOperationsGuide() throws IOException {
        Map<String, Set<String>> documented = new TreeMap<>();
        Files.readAllLines(Path.of("..", "docs", "operations.md")).forEach(line -> {
            var row = DOCUMENTED.matcher(line);
            if (row.matches()) {
                documented.put(
                        row.group(1),
                        row.group(2) == null
                                ? Set.of()
                                : new TreeSet<>(Arrays.asList(row.group(2).split(","))));
            }
        });

        assertThat(documented).isNotEmpty();
        assertThat(families()).isEqualTo(documented);
    }

    @Test
    void eachConstantIsAMeter() {
        Set<String> constants = Arrays.stream(WorkerMetrics.class.getDeclaredFields())
                .filter(field -> Modifier.isPublic(field.getModifiers()) && field.getType() == String.class)
                .map(field -> {
                    try {
                        return (String) field.get(null);
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .collect(Collectors.toSet());

        assertThat(registry.getMeters().stream()
                        .map(meter -> meter.getId().getName())
                        .collect(Collectors.toSet()))
                .isEqualTo(constants);
    }

    @Test
    void valuesAreWhatHappened() {
        assertThat(sample("renderfleet_jobs_total", "outcome=\"completed\"", "code=\"none\"", "replay=\"false\""))
                .isEqualTo(1);
        assertThat(sample("renderfleet_jobs_total", "outcome=\"failed\"", "code=\"no_image\""))
                .isEqualTo(1);
        assertThat(sample("renderfleet_jobs_total", "outcome=\"rejected\"", "code=\"unknown_model\""))
                .isEqualTo(1);
        assertThat(sample("renderfleet_jobs_total", "outcome=\"canceled\"")).isEqualTo(1);
        assertThat(sample("renderfleet_job_seconds_sum")).isEqualTo(12);
        assertThat(sample("renderfleet_job_overhead_seconds_sum")).isEqualTo(5);
        assertThat(sample(
                        "renderfleet_model_call_seconds_sum",
                        "model=\"m\"",
                        "provider=\"gemini\"",
                        "outcome=\"drawn\""))
                .isEqualTo(7);
        assertThat(sample("renderfleet_cost_usd_micros_total", "model=\"m\"", "provider=\"gemini\""))
                .isEqualTo(33_600);
        assertThat(sample("renderfleet_picture_bytes_total")).isEqualTo(1_000);
        assertThat(sample("renderfleet_window_used")).isZero();
        assertThat(sample("renderfleet_slots_used")).isEqualTo(1);
        assertThat(sample("renderfleet_consumer_lag")).isEqualTo(12);
        assertThat(sample("renderfleet_unsettled_seconds")).isEqualTo(0.25);
        assertThat(sample("renderfleet_hold_seconds", "provider=\"gemini\"", "model=\"m\""))
                .isEqualTo(30.5);
        assertThat(sample("renderfleet_spool_files")).isEqualTo(2);
        assertThat(sample("renderfleet_spool_bytes")).isEqualTo(36_000_000);
        assertThat(sample("renderfleet_storage_errors_total", "operation=\"put_if\""))
                .isEqualTo(1);
        assertThat(sample("renderfleet_records_unreadable_total", "code=\"malformed\""))
                .isEqualTo(1);
    }

    @Test
    void theSecondsOfJobsAreAHistogram() {
        assertThat(sample("renderfleet_job_seconds_bucket", "le=\"10.0\"")).isZero();
        assertThat(sample("renderfleet_job_seconds_bucket", "le=\"20.0\"")).isEqualTo(1);
        assertThat(sample("renderfleet_job_seconds_bucket", "le=\"3600.0\"")).isEqualTo(1);
    }

    @Test
    void aReplayIsCountedAndNeitherTimedNorWeighed() {
        metrics.published(completed(true));

        assertThat(sample("renderfleet_jobs_total", "outcome=\"completed\"", "replay=\"true\""))
                .isEqualTo(1);
        assertThat(sample("renderfleet_job_seconds_count")).isEqualTo(1);
        assertThat(sample("renderfleet_picture_bytes_total")).isEqualTo(1_000);
    }

    @Test
    void noLabelTellsWhoseJobItWas() {
        assertThat(registry.scrape()).doesNotContain("acme").doesNotContain(JOB.jobId());
    }

    /** Metric families by name, without the endings that a timer has, with the names of their labels but a bucket's bound. */
    private Map<String, Set<String>> families() {
        Map<String, Set<String>> families = new TreeMap<>();
        registry.scrape()
                .lines()
                .map(SAMPLE::matcher)
                .filter(java.util.regex.Matcher::matches)
                .forEach(sample -> {
                    String labels = sample.group(2);
                    families.computeIfAbsent(
                                    sample.group(1).replaceFirst("_(sum|count|max|bucket)$", ""), _ -> new TreeSet<>())
                            .addAll(
                                    labels == null
                                            ? Set.of()
                                            : Arrays.stream(labels.split(","))
                                                    .map(label -> label.substring(0, label.indexOf('=')))
                                                    .filter(label -> !label.equals("le"))
                                                    .toList());
                });
        return families;
    }

    private double sample(String name, String... labels) {
        return registry.scrape()
                .lines()
                .map(SAMPLE::matcher)
                .filter(sample -> sample.matches()
                        && sample.group(1).equals(name)
                        && Arrays.stream(labels)
                                .allMatch(label -> sample.group(2).contains(label)))
                .mapToDouble(sample -> Double.parseDouble(sample.group(3)))
                .sum();
    }

    private static RenderCompleted completed(boolean replay) {
        return new RenderCompleted(
                JOB,
                replay,
                List.of(new Image("b", "k", "f".repeat(64), 1_000, "image/png", 1, 1, List.of())),
                new ModelChoice(null, "m", "gemini", "r"),
                List.of(),
                Usage.NONE,
                new Cost(33_600, "v"),
                new Latency(2_000, 3_000, 7_000, 0, 12_000),
                new Provenance("trainedAlgorithmicMedia", "gemini", null, null, false));
    }
}
