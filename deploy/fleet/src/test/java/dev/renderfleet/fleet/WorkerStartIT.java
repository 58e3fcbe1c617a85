package dev.renderfleet.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.fleet.system.FleetSystem;
import dev.renderfleet.fleet.system.FleetTrouble;
import dev.renderfleet.sandbox.s3.S3Fault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a real worker finds when it starts, and what it does about it. */
class WorkerStartIT {

    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);

    /** No kill excuses a second call once the picture is on the disk. */
    @Test
    void aWorkerThatDiedWithAPaidPictureIsBackOnItsDiskAndPaysNothingMore() throws InterruptedException {
        try (TestFleet fleet = TestFleet.start("same-disk")) {
            int jobs = 0;
            for (String point : List.of("KEPT", "STORED")) {
                jobs++;
                FleetSystem.Running doomed = fleet.worker(
                        "worker-1", Map.of("RENDERFLEET_CHAOS_KILL_AT", point, "RENDERFLEET_CHAOS_KILL_AT_HIT", "1"));
                fleet.publish(List.of(TestFleet.job("shop", point, "A vase that outlives its worker at " + point)));
                Awaitility.await("the worker dies at " + point)
                        .atMost(LONG_ENOUGH)
                        .until(() -> !doomed.part().alive());
                assertThat(fleet.simulator().ledger().calls()).as(point).isEqualTo(jobs);

                FleetSystem.Running successor = fleet.worker("worker-1", Map.of());

                assertThat(fleet.awaitEvents(jobs, LONG_ENOUGH).getLast())
                        .as(point)
                        .isInstanceOf(RenderCompleted.class);
                assertThat(fleet.simulator().ledger().calls()).as(point).isEqualTo(jobs);
                fleet.stop(successor);
            }
            assertThat(fleet.audit().broken()).isEmpty();
        }
    }

    @Test
    void aWorkerRefusesTheBucketOfAnotherFleet() {
        try (TestFleet fleet = TestFleet.start("foreign-bucket")) {
            byte[] mark = "{\"version\":1,\"kafkaCluster\":\"theirs\",\"group\":\"workers\"}".getBytes(UTF_8);
            fleet.bucket().put("fleet.json", mark, "application/json");

            assertThatThrownBy(() -> fleet.worker("worker-1", Map.of()))
                    .isInstanceOf(FleetTrouble.class)
                    .hasMessageContaining("another fleet");
            assertThat(fleet.simulator().ledger().calls()).isZero();
        }
    }

    /** What makes a worker misbehave on purpose never comes near a provider that is paid. */
    @Test
    void aWorkerThatCouldPayRefusesTheFaultHarnesssSettings() {
        try (TestFleet fleet = TestFleet.start("chaos-refused")) {
            Map<String, String> settings = Map.of(
                    "RENDERFLEET_CHAOS_BUG",
                    "CALL_TWICE",
                    "RENDERFLEET_PROVIDERS_GEMINI_BASE_URL",
                    "https://models.example.com");

            assertThatThrownBy(() -> fleet.worker("worker-1", settings))
                    .isInstanceOf(FleetTrouble.class)
                    .hasMessageContaining("renderfleet.chaos");
        }
    }

    @Test
    void aWorkerRefusesABucketWithoutConditionalPuts() {
        try (TestFleet fleet = TestFleet.start("no-conditions")) {
            fleet.simulator().s3Faults(S3Fault.of(S3Fault.Kind.UNCONDITIONAL));

            assertThatThrownBy(() -> fleet.worker("worker-1", Map.of()))
                    .isInstanceOf(FleetTrouble.class)
                    .hasMessageContaining("does not honour conditional puts");
            assertThat(fleet.simulator().ledger().calls()).isZero();
        }
    }
}
