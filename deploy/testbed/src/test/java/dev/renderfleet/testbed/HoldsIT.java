package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.cli.cluster.TopicReader;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.wire.DecodedSignal;
import dev.renderfleet.contracts.wire.SignalCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.simulators.Rule;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetSystem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What one worker learns from a refusal, the others need not learn at the price of refusals of their own. Holds take minutes: in the
 * default tier {@link WorkerReadinessIT} holds an account for all workers, and {@code LimiterHoldsTest} a model.
 */
@Tag("long")
class HoldsIT {

    private static final int JOBS = 24;
    private static final int STUCK_JOBS = 200;
    /** The model of {@link TestFleet#job}. */
    private static final String STUCK = "gemini-nano-banana-2.1";

    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);
    /** Far less than the hold of the stuck model. */
    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    void aRefusalForQuotaThatOneWorkerMeetsHoldsAllOfThem() throws InterruptedException {
        try (TestFleet fleet = TestFleet.start("holds")) {
            fleet.simulator().latency(0.5, 1);
            fleet.worker("worker-1", Map.of());
            fleet.worker("worker-2", Map.of());
            fleet.awaitGroupOf(2);
            fleet.simulator()
                    .addRule(Rule.always("429_RPM").option("retryDelay", "4s").times(1));

            fleet.publish(List.of(TestFleet.job("shop", "refused", "A vase that is refused once")));
            Hold hold = firstHold(fleet);
            fleet.publish(jobs(JOBS));

            assertThat(fleet.awaitEvents(JOBS + 1, LONG_ENOUGH))
                    .hasSize(JOBS + 1)
                    .allSatisfy(event -> assertThat(event).isInstanceOf(RenderCompleted.class));
            List<Instant> calls = calls(fleet);
            assertThat(calls).as("the refused one, and one for each picture").hasSize(JOBS + 2);
            assertThat(calls.subList(1, calls.size()))
                    .as("by any of the two workers")
                    .allSatisfy(call -> assertThat(call).isAfterOrEqualTo(hold.until()));
            assertThat(fleet.audit().broken()).isEmpty();
        }
    }

    /** A canary that is not refused need not be waited for: a picture takes long, a refusal does not. */
    @Test
    void theOthersFollowBeforeTheCanarysPictureIsThere() throws InterruptedException {
        try (TestFleet fleet = TestFleet.start("canary", "--time-scale", "1")) {
            fleet.simulator().latency(15, 15);
            fleet.simulator()
                    .addRule(Rule.always("429_RPM").option("retryDelay", "2s").times(1));
            FleetSystem.RunningProcess worker = fleet.worker("worker-1", Map.of());

            fleet.publish(List.of(TestFleet.job("shop", "refused", "A vase that is refused once")));
            firstHold(fleet);
            fleet.publish(jobs(JOBS));

            Awaitility.await("the first call and all others are at the model")
                    .atMost(LONG_ENOUGH)
                    .until(() -> fleet.simulator().running().count() == JOBS + 1);
            assertThat(fleet.events()).isEmpty();
            worker.part().kill();
        }
    }

    /** Their number is a multiple of what the window holds. */
    @Test // A hold of 75 s, which has to outlast a restart.
    void jobsThatWaitForOneModelKeepNoOtherOutAlsoAfterARestart() throws Exception {
        Map<String, String> small = Map.of("RENDERFLEET_WORKER_WINDOW", "20", "RENDERFLEET_WORKER_SLOTS", "8");
        try (TestFleet fleet = TestFleet.start("lanes")) {
            fleet.simulator().latency(0.5, 1);
            FleetSystem.RunningProcess worker = fleet.worker("worker-1", small);
            fleet.simulator()
                    .addRule(Rule.always("429_RPM").option("retryDelay", "75s").times(1));
            fleet.publish(List.of(TestFleet.job("shop", "refused", "A vase that is refused once")));
            Hold hold = firstHold(fleet);
            fleet.publish(jobs(STUCK_JOBS));

            fleet.publish(others("first"));
            assertThat(fleet.awaitEvents(2, SOON))
                    .extracting(event -> event.job().idempotencyKey())
                    .containsExactlyInAnyOrder("first-proof", "first-pro");
            assertShowsTheLane(worker);
            assertThat(Instant.now()).as("while the model is held").isBefore(hold.until());

            fleet.stop(worker);
            fleet.worker("worker-1", small);
            fleet.publish(others("second"));
            assertThat(fleet.awaitEvents(4, SOON))
                    .extracting(event -> event.job().idempotencyKey())
                    .contains("second-proof", "second-pro");
            assertThat(Instant.now()).as("while the model is still held").isBefore(hold.until());

            assertThat(fleet.awaitEvents(STUCK_JOBS + 5, LONG_ENOUGH))
                    .hasSize(STUCK_JOBS + 5)
                    .allSatisfy(event -> assertThat(event).isInstanceOf(RenderCompleted.class));
            assertThat(fleet.audit().broken()).isEmpty();
        }
    }

    /** Readiness and metrics say which model's jobs wait, how many, and until when. */
    private static void assertShowsTheLane(FleetSystem.RunningProcess worker) throws Exception {
        assertThat(TestFleet.get(worker, "/q/health/ready").body())
                .containsPattern("\"" + STUCK + "\": \"in window \\d+, deferred [1-9]\\d*, held until 20");
        assertThat(TestFleet.get(worker, "/q/metrics").body())
                .containsPattern("renderfleet_lane_deferred\\{model=\"" + STUCK + "\",?} [1-9]")
                .containsPattern("renderfleet_hold_seconds\\{[^}]*model=\"" + STUCK + "\"[^}]*} [1-9]");
    }

    private static List<RenderJob> others(String key) {
        return List.of(
                PlainJob.of("shop", key + "-proof", "proof", "A proof", OutputSize.K1),
                PlainJob.of("shop", key + "-pro", "gemini-3-pro-image", "A vase of another model", OutputSize.K1));
    }

    private static List<RenderJob> jobs(int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> TestFleet.job("shop", "held-" + number, "A vase, number " + number))
                .toList();
    }

    private static Hold firstHold(TestFleet fleet) {
        var reader = new TopicReader(SandboxCluster.kafka(fleet.sandbox()));
        var codec = new SignalCodec();
        List<Hold> holds = new ArrayList<>();
        Awaitility.await("a hold on render.signals").atMost(LONG_ENOUGH).until(() -> {
            reader.readAll(Topics.SIGNALS, record -> {
                if (codec.decode(record.value()) instanceof DecodedSignal.Understood(Hold hold)) {
                    holds.add(hold);
                }
            });
            return !holds.isEmpty();
        });
        return holds.getFirst();
    }

    private static List<Instant> calls(TestFleet fleet) {
        List<Instant> times = new ArrayList<>();
        for (JsonNode request : fleet.simulator().requests(1_000)) {
            times.add(Instant.parse(request.path("time").asText()));
        }
        return times.stream().sorted().toList();
    }
}
