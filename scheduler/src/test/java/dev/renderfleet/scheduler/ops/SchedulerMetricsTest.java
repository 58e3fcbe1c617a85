package dev.renderfleet.scheduler.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.leader.Duty;
import dev.renderfleet.scheduler.leader.MoneyAudit;
import dev.renderfleet.scheduler.leader.Term;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.queue.WindowState;
import dev.renderfleet.scheduler.queue.WindowState.ModelDay;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.ModelLine;
import dev.renderfleet.scheduler.store.MoneyStore;
import dev.renderfleet.scheduler.store.NewJob;
import dev.renderfleet.scheduler.store.QueueStore;
import dev.renderfleet.scheduler.store.ReleaseStore;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.TenantDirectory;
import dev.renderfleet.scheduler.store.TestDatabase;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The metrics as Prometheus reads them, of two jobs of which one is released. Names and labels are written down in docs/operations.md. */
@SuppressWarnings("deprecation") // Quarkus's own registry for Prometheus is the one of the old client library.
class SchedulerMetricsTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final Pattern SAMPLE = Pattern.compile("^(renderfleet_[a-z_]+)(?:\\{([^}]*)})? (\\S+)$");
    private static final Pattern DOCUMENTED =
            Pattern.compile("^\\| `(renderfleet_scheduler_[a-z_]+)(?:\\{([^}]*)})?` \\|.*");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private TestDatabase test;
    private SchedulerMetrics metrics;
    private Duty.Run run;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        long epoch = test.lead();
        var tenants = new TenantDirectory(test.database());
        new IntakeStore(test.database(), tenants)
                .accept(Stream.of("a", "b")
                        .map(key -> new NewJob(
                                JobId.of("acme", key).value(), "ab".repeat(32), "acme", "m", 5, new byte[] {1}, null))
                        .toList());
        var release = new ReleaseStore(test.database(), Caps.NONE);
        release.release(epoch, List.of(new Candidate(1, 1, 1, 0, new Demand(300, 300))), List.of(), NOW);
        var window = new WindowState(1, 9, 2.5, false, null, new ModelDay(0, null, null));
        release.writeLines(epoch, List.of(new ModelLine("m", NOW, true, window, Map.of())));
        var queue = new QueueStore(test.database(), Caps.NONE);
        queue.estimated(1, NOW.minusSeconds(10), NOW.plusSeconds(5));
        queue.estimated(1, NOW.minusSeconds(5), NOW);
        queue.estimated(2, NOW.minusSeconds(10), NOW);
        metrics = new SchedulerMetrics(registry, queue, new MoneyAudit(new MoneyStore(test.database(), tenants)));
        run = metrics.begin(Term.unlimited(epoch));
        metrics.refresh();
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void namesAndLabelsAreThoseOfTheOperationsGuide() throws IOException {
        Map<String, String> documented = new TreeMap<>();
        Files.readAllLines(Path.of("..", "docs", "operations.md")).forEach(line -> {
            var row = DOCUMENTED.matcher(line);
            if (row.matches()) {
                documented.put(row.group(1), row.group(2) == null ? "" : row.group(2));
            }
        });
        Map<String, String> published = new TreeMap<>();
        samples()
                .forEach((name, _) ->
                        published.put(name.replaceFirst("\\{.*", ""), name.contains("{model=\"m\"") ? "model" : ""));

        assertThat(documented).isNotEmpty();
        assertThat(published).isEqualTo(documented);
        assertThat(registry.scrape()).doesNotContain("acme");
    }

    @Test
    void valuesAreThoseOfTheLeader() {
        assertThat(samples())
                .containsEntry("renderfleet_scheduler_waiting{model=\"m\"}", 1.0)
                .containsEntry("renderfleet_scheduler_flights{model=\"m\"}", 1.0)
                .containsEntry("renderfleet_scheduler_window{model=\"m\"}", 9.0)
                .containsEntry("renderfleet_scheduler_held_usd_micros", 300.0)
                .containsEntry("renderfleet_scheduler_leader", 1.0)
                .containsEntry("renderfleet_scheduler_eta_error_ratio", 0.5)
                .containsEntry("renderfleet_scheduler_audit_mismatch", 0.0);
    }

    @Test
    void anEstimateIsJudgedOnceAndKeptWhileItsJobWaits() {
        metrics.refresh();

        assertThat(samples()).containsEntry("renderfleet_scheduler_eta_error_ratio", 0.5);
        assertThat(test.number("SELECT job_no FROM estimate")).isEqualTo(2);
    }

    @Test
    void aSchedulerThatLeadsNoMoreHasNoFigures() {
        run.close();

        assertThat(samples())
                .doesNotContainKey("renderfleet_scheduler_waiting{model=\"m\"}")
                .containsEntry("renderfleet_scheduler_held_usd_micros", 0.0)
                .containsEntry("renderfleet_scheduler_leader", 0.0);
    }

    /** Values by name with labels. */
    private Map<String, Double> samples() {
        Map<String, Double> samples = new TreeMap<>();
        registry.scrape().lines().map(SAMPLE::matcher).forEach(sample -> {
            if (sample.matches()) {
                String labels =
                        sample.group(2) == null ? "" : "{" + sample.group(2).replaceFirst(",$", "") + "}";
                samples.put(sample.group(1) + labels, Double.valueOf(sample.group(3)));
            }
        });
        return samples;
    }
}
