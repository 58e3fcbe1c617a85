package dev.renderfleet.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.testbed.TestFleet;
import dev.renderfleet.testbed.bench.QuotaTrial.Plan;
import dev.renderfleet.testbed.bench.QuotaTrial.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** That the benchmark measures what it says it does, on a handful of jobs; how long anything takes is of no interest here. */
@Tag("long")
class BenchIT {

    @Test
    void latencyDescribesEachJobOnce() throws IOException {
        JsonNode latency = figures("latency").path("latency");

        assertThat(latency.path("jobs").asInt()).isEqualTo(5);
        assertThat(latency.path("added").path("count").asInt()).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource
    void throughputComparesWithTheBareMinimum(BenchModel model) throws IOException {
        JsonNode throughput = figures("throughput", "--model", model.toString()).path("throughput");

        assertThat(throughput.path("worker").size())
                .isEqualTo(throughput.path("bare").size());
        assertThat(throughput.path("bare").path(0).path("bytesStored").asLong())
                .as("the bare minimum stores the same pictures")
                .isEqualTo(throughput.path("worker").path(0).path("bytesStored").asLong())
                .isPositive();
        assertThat(throughput.path("ratio").asDouble()).isPositive();
    }

    @Test
    void theSchedulerTakesInReleasesAndChangesLeaders() throws IOException {
        JsonNode scheduler = figures("scheduler").path("scheduler");

        for (String rates : List.of("ndjson", "requests", "releases", "backlogReleases")) {
            assertThat(scheduler.path(rates))
                    .as(rates)
                    .hasSize(3)
                    .allSatisfy(rate -> assertThat(rate.asDouble()).isPositive());
        }
        assertThat(scheduler.path("sent").path("count").asInt()).isEqualTo(5);
        assertThat(scheduler.path("sent").path("min").asDouble()).isPositive();
    }

    @Test
    void quotaCountsWhatTheProviderAcceptedAndRefused() throws InterruptedException {
        var paths = TestFleet.paths("bench-quota");
        try (BenchFleet fleet = BenchFleet.start(paths, 1, _ -> {})) {
            var tasks = new QuotaLimit("bfl", "flux-2-pro", QuotaUnit.CONCURRENT, 4, Duration.ofSeconds(2));
            var plan = new Plan(
                    List.of(QuotaScenario.gemini(QuotaUnit.TOKENS, 600), tasks), Workers.ONE, Duration.ofSeconds(5));
            List<QuotaUse> uses = new QuotaTrial(fleet, paths, plan).run();

            assertThat(uses).extracting(QuotaUse::granted).containsExactly(50.0, 10.0);
            assertThat(uses).allSatisfy(use -> {
                assertThat(use.accepted())
                        .as("calls accepted in the window")
                        .isEqualTo(use.acceptedPerSlice().getFirst())
                        .isPositive();
                assertThat(use.calls()).as("all calls").isGreaterThanOrEqualTo(use.accepted() + use.refused());
            });
        }
    }

    /** Two workers share a day's quota, so that one that took all of it for its own would be refused. */
    @Test
    void aDaysQuotaIsSpentAndNoCallIsSentBeyond() throws InterruptedException {
        var paths = TestFleet.paths("bench-quota-day");
        try (BenchFleet fleet = BenchFleet.start(paths, 1, _ -> {})) {
            var plan = new Plan(List.of(QuotaScenario.gemini(QuotaUnit.DAY, 30)), Workers.TWO, Duration.ofSeconds(10));
            QuotaUse use = new QuotaTrial(fleet, paths, plan).run().getFirst();

            assertThat(use.calls()).isLessThanOrEqualTo(30);
            assertThat(use.refused()).isZero();
            assertThat(use.accepted())
                    .as("all but the part of a call that may be left of each worker's share")
                    .isBetween(28, 30);
        }
    }

    /** A peer that cannot be had here is left out. */
    @Test
    void workersOfOtherMakesPayOnceForAJobThatIsSubmittedTwice() throws IOException {
        JsonNode beside = figures("start", "--beside", "bullmq,celery", "--parts", "twice")
                .path("beside");

        assertThat(beside.path("makes").size() + beside.path("leftOut").size()).isEqualTo(3);
        assertThat(beside.path("rows").path(0).path("figures"))
                .hasSize(beside.path("makes").size())
                .allSatisfy(calls -> assertThat(calls.asInt()).isEqualTo(80));
    }

    private static JsonNode figures(String scenario, String... more) throws IOException {
        var out = new StringWriter();
        var paths = TestFleet.paths("bench-" + scenario);
        int exit = new CommandLine(new BenchCommand(paths))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out))
                .execute(Stream.concat(Stream.of("--only", scenario, "--jobs", "5", "--json"), Stream.of(more))
                        .toArray(String[]::new));
        assertThat(exit).as(out.toString()).isZero();
        return new ObjectMapper().readTree(out.toString().lines().toList().getLast());
    }
}
