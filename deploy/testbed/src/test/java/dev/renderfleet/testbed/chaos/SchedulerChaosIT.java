package dev.renderfleet.testbed.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.testbed.audit.Breach;
import dev.renderfleet.testbed.chaos.ChaosHarness.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The promises with schedulers, while things are killed; and that the auditor sees a scheduler that breaks one. */
@Tag("long")
class SchedulerChaosIT {

    private static final List<String> CALM = List.of(
            "--scheduler",
            "--workers",
            "1",
            "--slots",
            "24",
            "--kill-every",
            "0",
            "--scheduler-kill-every",
            "0",
            "--broker-restarts",
            "0",
            "--postgres-restarts",
            "0",
            "--s3-faults",
            "0",
            "--provider-faults",
            "0",
            "--time-scale",
            "60",
            "--seed",
            "3",
            "--patience",
            "10s",
            "--json");

    private static final Map<SchedulerBug, Set<Breach>> SHOWN = Map.of(
            SchedulerBug.IGNORE_CAP, Set.of(Breach.OVERSPENT),
            SchedulerBug.KEEP_RESERVATION, Set.of(Breach.UNBALANCED),
            SchedulerBug.MISCOUNT, Set.of(Breach.MISCOUNTED, Breach.UNBALANCED),
            SchedulerBug.SKIP_DIRECT, Set.of(Breach.MISCOUNTED),
            SchedulerBug.LOSE_JOB, Set.of(Breach.STARVED));

    @Test
    void everyPromiseHoldsWhileSchedulersPostgresBrokerAndWorkersAreKilled() {
        Result result = ChaosHarness.run(
                "scheduler-chaos",
                "--scheduler",
                "--jobs",
                "200",
                "--workers",
                "2",
                "--kill-every",
                "12s",
                "--scheduler-kill-every",
                "8s",
                "--time-scale",
                "16",
                "--patience",
                "1m",
                "--json");

        assertThat(result.exit()).as(result.all()).isZero();
        for (String count : List.of("schedulerKills", "leaderKills", "kills", "waitingAtCaps")) {
            assertThat(result.json().path(count).asInt()).as(result.all()).isPositive();
        }
        assertThat(result.json().path("databaseRestarts").asInt())
                .as(result.all())
                .isEqualTo(1);
        assertThat(result.json().path("brokerRestarts").asInt())
                .as(result.all())
                .isEqualTo(1);
        assertThat(result.json().path("schedulerCrashes").asInt())
                .as(result.all())
                .isZero();
    }

    @ParameterizedTest
    @MethodSource("shown")
    void aPlantedBugIsSeen(SchedulerBug bug, Set<Breach> expected) {
        Result result = calm(bug, 80);

        assertThat(result.exit()).as(result.all()).isEqualTo(1);
        for (Breach breach : Breach.values()) {
            assertThat(result.json().path(breach.key()).asInt() > 0)
                    .as(result.all())
                    .as(breach.key())
                    .isEqualTo(expected.contains(breach));
        }
    }

    /** With so many jobs that the bound of an honest queue is passed. */
    @Test
    void aForgottenWeightIsSeen() {
        Result result = calm(SchedulerBug.FORGET_WEIGHT, 900);

        assertThat(result.exit()).as(result.all()).isEqualTo(1);
        assertThat(result.json().path("starved").asInt()).as(result.all()).isPositive();
        assertThat(result.json().path("lost").asInt()).as(result.all()).isZero();
    }

    private static Stream<Arguments> shown() {
        return SHOWN.entrySet().stream().map(bug -> Arguments.of(bug.getKey(), bug.getValue()));
    }

    private static Result calm(SchedulerBug bug, int jobs) {
        List<String> options = new ArrayList<>(CALM);
        options.addAll(List.of("--jobs", Integer.toString(jobs), "--scheduler-bug", bug.name()));
        return ChaosHarness.run("scheduler-bug-" + bug, options.toArray(String[]::new));
    }
}
