package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.audit.Verdict;
import dev.renderfleet.testbed.system.FleetSystem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * One story on real processes: a thousand jobs with a heavy-tailed model through two workers, the same thousand again, other jobs
 * under their keys, and workers that are stopped in the middle.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ThousandJobsIT {

    /** A thousand in the long tier. */
    private static final int JOBS = Integer.getInteger("renderfleet.test.jobs", 250);

    private static final int MORE_JOBS = 150;
    private static final int PICTURE_BYTES = 60_000;
    private static final Duration LONG_ENOUGH = Duration.ofMinutes(5);
    private static final Map<String, String> SETTINGS =
            Map.of("RENDERFLEET_WORKER_SLOTS", "48", "RENDERFLEET_WORKER_WINDOW", "200");

    private static TestFleet fleet;
    private static FleetSystem.RunningProcess first;

    @BeforeAll
    static void start() {
        fleet = TestFleet.start("thousand", "--time-scale", "20", "--seed", "7");
        fleet.simulator().latency(8, 40);
        fleet.simulator().pictureBytes(PICTURE_BYTES);
        first = fleet.worker("worker-1", SETTINGS);
        fleet.worker("worker-2", SETTINGS);
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    @Test
    @Order(1)
    void aThousandJobsYieldAThousandEventsPicturesAndCalls() throws InterruptedException {
        List<RenderJob> jobs = jobs("night", JOBS);

        fleet.publish(jobs);
        fleet.awaitEvents(JOBS, LONG_ENOUGH);

        Verdict verdict = fleet.audit();
        assertThat(verdict.broken()).isEmpty();
        assertThat(verdict.totals()).isEqualTo(new Verdict.Totals(JOBS, JOBS, JOBS, JOBS, 0, 0, JOBS));
    }

    @Test
    @Order(2)
    void theSameThousandAgainCostNothing() throws InterruptedException {
        long callsBefore = fleet.simulator().ledger().calls();

        fleet.publish(jobs("night", JOBS));
        List<RenderEvent> events = fleet.awaitEvents(2 * JOBS, LONG_ENOUGH);

        assertThat(fleet.simulator().ledger().calls()).isEqualTo(callsBefore);
        assertThat(events.subList(JOBS, 2 * JOBS)).allSatisfy(event -> {
            assertThat(event).isInstanceOf(RenderCompleted.class);
            assertThat(event.replay()).isTrue();
        });
        assertThat(fleet.audit().broken()).isEmpty();
    }

    @Test
    @Order(3)
    void anotherPromptUnderTheSameKeyIsRejectedWithoutACall() throws InterruptedException {
        long callsBefore = fleet.simulator().ledger().calls();

        fleet.publish(List.of(TestFleet.job("shop", "night-0", "something else")));
        List<RenderEvent> events = fleet.awaitEvents(2 * JOBS + 1, LONG_ENOUGH);

        assertThat(events.getLast())
                .isInstanceOfSatisfying(
                        RenderRejected.class,
                        rejected -> assertThat(rejected.code()).isEqualTo(FailureCode.IDEMPOTENCY_CONFLICT));
        assertThat(fleet.simulator().ledger().calls()).isEqualTo(callsBefore);
    }

    @Test
    @Tag("long")
    @Order(4)
    void aWorkerToldToLeaveInTheMiddleLosesNothingAndCallsNothingTwice() throws InterruptedException {
        int before = fleet.events().size();
        fleet.simulator().resetLedger();
        List<RenderJob> jobs = jobs("drain", MORE_JOBS);

        fleet.publish(jobs);
        Awaitility.await("a third of the calls")
                .atMost(LONG_ENOUGH)
                .until(() -> fleet.simulator().ledger().calls() > MORE_JOBS / 3);
        fleet.stop(first);
        fleet.worker("worker-3", SETTINGS);

        fleet.awaitEvents(before + MORE_JOBS, LONG_ENOUGH);

        Verdict verdict = fleet.audit();
        assertThat(verdict.broken()).isEmpty();
        assertThat(verdict.totals().completed()).isEqualTo(JOBS + MORE_JOBS);
    }

    private static List<RenderJob> jobs(String prefix, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> TestFleet.job("shop", prefix + "-" + i, "Catalogue picture " + prefix + " number " + i))
                .toList();
    }
}
