package dev.renderfleet.testbed.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.testbed.audit.Breach;
import dev.renderfleet.testbed.chaos.ChaosHarness.Result;
import dev.renderfleet.testbed.planted.PlantedBug;
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

/** That the auditor sees: each planted bug breaks the promise that it is meant to break, and no other. */
class PlantedBugsIT {

    private static final List<String> CALM = List.of(
            "--jobs",
            "60",
            "--workers",
            "1",
            "--slots",
            "16",
            "--kill-every",
            "0",
            "--broker-restarts",
            "0",
            "--s3-faults",
            "0",
            "--provider-faults",
            "0",
            "--edits",
            "0",
            "--fallbacks",
            "0",
            "--time-scale",
            "40",
            "--patience",
            "12s",
            "--seed",
            "3",
            "--json");

    private static final Map<PlantedBug, Set<Breach>> SHOW_ALWAYS = Map.of(
            PlantedBug.LOSE_OUTCOME, Set.of(Breach.LOST, Breach.UNANNOUNCED),
            PlantedBug.ANNOUNCE_TWICE, Set.of(Breach.DOUBLED),
            PlantedBug.DAMAGE_PICTURE, Set.of(Breach.DAMAGED),
            PlantedBug.SKIP_STORE, Set.of(Breach.MISSING),
            PlantedBug.CONFLICTING_OUTCOME, Set.of(Breach.CONFLICTING, Breach.DOUBLED),
            PlantedBug.FAIL_JOB, Set.of(Breach.FAILED));

    private static final Set<PlantedBug> SHOW_WHERE_SOMETHING_BREAKS =
            Set.of(PlantedBug.NO_TRANSACTION, PlantedBug.HIDE_ATTEMPT, PlantedBug.FORGET_SPOOL);

    /** Peers' workers too: else what faults do to them would say nothing. */
    @Test
    @Tag("long")
    void withoutABugAllHoldsForWhosoeversWorkers() {
        Result calm = run("calm", CALM, "--duplicates", "0", "--beside", "smallrye,parallel");

        assertThat(calm.exit()).as(calm.all()).isZero();
        JsonNode peers = calm.json().path("beside");
        assertThat(peers).extracting(peer -> peer.path("workers").asText()).containsExactly("smallrye", "parallel");
        assertThat(Stream.concat(Stream.of(calm.json()), peers.valueStream()))
                .as(calm.all())
                .allSatisfy(run -> {
                    assertThat(run.path("holds").asBoolean()).isTrue();
                    assertThat(run.path("completed").asInt()).isEqualTo(60);
                    assertThat(run.path("paidCalls").asInt()).isEqualTo(60);
                    assertThat(run.path("crashes").asInt()).isZero();
                });
    }

    @Test
    void everyBugIsPlanted() {
        assertThat(Stream.of(
                                SHOW_ALWAYS.keySet(),
                                SHOW_WHERE_SOMETHING_BREAKS,
                                Set.of(PlantedBug.CALL_TWICE, PlantedBug.FORGET_BILL))
                        .flatMap(Set::stream))
                .containsExactlyInAnyOrder(PlantedBug.values());
    }

    /** The one of the short test run: that money was spent twice. {@code JudgeTest} has each breach. */
    @Test
    void callsPaidTwiceAreSeen() {
        assertSeen(PlantedBug.CALL_TWICE, Set.of(Breach.OVERPAID, Breach.HIDDEN, Breach.MISPRICED));
    }

    /** Where the event says that the first model refused, its bill says that it drew. */
    @Test
    @Tag("long")
    void anotherModelAfterAPaidCallIsSeen() {
        Result result = run(
                "forget-bill",
                List.of(
                        "--kill-every",
                        "0",
                        "--broker-restarts",
                        "0",
                        "--s3-faults",
                        "0",
                        "--provider-faults",
                        "0",
                        "--seed",
                        "3",
                        "--json"),
                "--bug",
                "FORGET_BILL",
                "--models",
                "GEMINI,OPENAI",
                "--fallbacks",
                "100",
                "--jobs",
                "120",
                "--workers",
                "1",
                "--slots",
                "16",
                "--time-scale",
                "40",
                "--patience",
                "1m");

        assertThat(result.exit()).as(result.all()).isEqualTo(1);
        for (Breach breach : List.of(Breach.MISROUTED, Breach.OVERPAID, Breach.HIDDEN, Breach.MISPRICED)) {
            assertThat(result.json().path(breach.key()).asInt())
                    .as(result.all())
                    .as(breach.key())
                    .isPositive();
        }
        assertThat(result.json().path("lost").asInt()).as(result.all()).isZero();
        assertThat(result.json().path("doubled").asInt()).as(result.all()).isZero();
    }

    @ParameterizedTest
    @MethodSource("showAlways")
    @Tag("long")
    void aPlantedBugIsSeen(PlantedBug bug, Set<Breach> expected) {
        assertSeen(bug, expected);
    }

    private static void assertSeen(PlantedBug bug, Set<Breach> expected) {
        Result result = run(bug.name(), CALM, "--bug", bug.name());

        assertThat(result.exit()).as(result.all()).isEqualTo(1);
        assertThat(result.out()).as(result.all()).contains("A PROMISE IS BROKEN");
        JsonNode json = result.json();
        for (Breach breach : Breach.values()) {
            if (expected.contains(breach)) {
                assertThat(json.path(breach.key()).asInt())
                        .as(result.all())
                        .as("about every tenth of sixty")
                        .isBetween(1, 20);
            } else {
                assertThat(json.path(breach.key()).asInt()).as(result.all()).isZero();
            }
        }
    }

    @Test
    @Tag("long")
    void callsThatEventsDoNotListAreSeenWhereAnswersAreSpoilt() {
        Result result = run(
                "hide-attempt",
                List.of(
                        "--kill-every",
                        "0",
                        "--broker-restarts",
                        "0",
                        "--s3-faults",
                        "0",
                        "--edits",
                        "0",
                        "--fallbacks",
                        "0",
                        "--seed",
                        "3",
                        "--json"),
                "--bug",
                "HIDE_ATTEMPT",
                "--provider-faults",
                "60",
                "--jobs",
                "60",
                "--workers",
                "1",
                "--slots",
                "16",
                "--time-scale",
                "40",
                "--patience",
                "1m");

        assertThat(result.exit()).as(result.all()).isEqualTo(1);
        assertThat(result.json().path("hidden").asInt())
                .as(result.all())
                .as("each of sixty meets a fault, and few kinds of them leave the outcome unknown")
                .isBetween(1, 26);
        assertThat(result.json().path("lost").asInt()).as(result.all()).isZero();
        assertThat(result.json().path("doubled").asInt()).as(result.all()).isZero();
        assertThat(result.json().path("overpaid").asInt()).as(result.all()).isZero();
    }

    @Test
    @Tag("long")
    void eventsOutsideOfATransactionAreSeenWhereWorkersDie() {
        Result result = runWithDeaths(
                "no-transaction",
                "--points=SENT,COMMITTING",
                "--bug",
                "NO_TRANSACTION",
                "--jobs",
                "80",
                "--workers",
                "2");

        assertThat(result.exit()).as(result.all()).isEqualTo(1);
        assertThat(result.json().path("doubled").asInt()).as(result.all()).isPositive();
        assertThat(result.json().path("lost").asInt()).as(result.all()).isZero();
    }

    /** What kills excuse is the jobs they hit, not as many calls of any job. */
    @Test
    @Tag("long")
    void callsPaidTwiceAreSeenAlsoWhereWorkersDie() {
        Result result = runWithDeaths(
                "paid-twice", "--bug", "CALL_TWICE", "--jobs", "150", "--kill-every", "5s", "--time-scale", "12");

        assertThat(result.exit()).as(result.all()).isEqualTo(1);
        assertThat(result.json().path("kills").asInt()).as(result.all()).isPositive();
        assertThat(result.json().path("overpaidUnexcused").asInt())
                .as(result.all())
                .isPositive();
        assertThat(result.json().path("lost").asInt()).as(result.all()).isZero();
        assertThat(result.json().path("doubled").asInt()).as(result.all()).isZero();
    }

    /**
     * One slot, so that no other job is hit; no death before, and a seed with which none of the jobs is to be held: so another call may
     * be made for the one that is hit, and nothing excuses it.
     */
    @Test
    @Tag("long")
    void aPaidPictureThatIsForgottenIsSeenWhereOnlyItsWorkerCouldFindIt() {
        List<String> alone = List.of(
                "--points=KEPT",
                "--workers",
                "1",
                "--slots",
                "1",
                "--jobs",
                "10",
                "--time-scale",
                "20",
                "--duplicates",
                "0");

        Result sound = runWithDeaths("found", alone.toArray(String[]::new));
        List<String> planted = new ArrayList<>(alone);
        planted.addAll(List.of("--bug", "FORGET_SPOOL"));
        Result forgotten = runWithDeaths("forgotten", planted.toArray(String[]::new));

        assertThat(sound.exit()).as(sound.all()).isZero();
        assertThat(sound.json().path("kills").asInt()).as(sound.all()).isEqualTo(1);
        assertThat(sound.json().path("paidCalls").asInt()).as(sound.all()).isEqualTo(10);
        assertThat(forgotten.exit()).as(forgotten.all()).isEqualTo(1);
        assertThat(forgotten.json().path("paidCalls").asInt())
                .as(forgotten.all())
                .isEqualTo(11);
        assertThat(forgotten.json().path("overpaidUnexcused").asInt())
                .as(forgotten.all())
                .isEqualTo(1);
        assertThat(forgotten.json().path("lost").asInt()).as(forgotten.all()).isZero();
        assertThat(forgotten.json().path("doubled").asInt()).as(forgotten.all()).isZero();
    }

    private static Stream<Arguments> showAlways() {
        return SHOW_ALWAYS.entrySet().stream().map(bug -> Arguments.of(bug.getKey(), bug.getValue()));
    }

    private static Result runWithDeaths(String name, String... more) {
        return run(
                name,
                List.of(
                        "--broker-restarts",
                        "0",
                        "--s3-faults",
                        "0",
                        "--provider-faults",
                        "0",
                        "--edits",
                        "0",
                        "--fallbacks",
                        "0",
                        "--patience",
                        "2m",
                        "--seed",
                        "3",
                        "--json"),
                more);
    }

    private static Result run(String name, List<String> usual, String... more) {
        List<String> options = new ArrayList<>(usual);
        options.addAll(List.of(more));
        return ChaosHarness.run("planted-bug-" + name, options.toArray(String[]::new));
    }
}
