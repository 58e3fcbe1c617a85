package dev.renderfleet.fleet.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.fleet.audit.Breach;
import dev.renderfleet.fleet.chaos.ChaosHarness.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
            "--time-scale",
            "40",
            "--patience",
            "12s",
            "--seed",
            "3",
            "--json");

    /** Peers' workers too: else what faults do to them would say nothing. */
    @Test
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

    @ParameterizedTest
    @CsvSource({
        "LOSE_OUTCOME, LOST UNANNOUNCED",
        "ANNOUNCE_TWICE, DOUBLED",
        "CALL_TWICE, OVERPAID",
        "DAMAGE_PICTURE, DAMAGED",
        "SKIP_STORE, MISSING",
        "CONFLICTING_OUTCOME, CONFLICTING DOUBLED"
    })
    void aPlantedBugIsSeen(Bug bug, String breaches) {
        Result result = run(bug.name(), CALM, "--bug", bug.name());

        assertThat(result.exit()).as(result.all()).isEqualTo(1);
        assertThat(result.out()).as(result.all()).contains("A PROMISE IS BROKEN");
        Set<String> expected = Set.of(breaches.split(" "));
        JsonNode json = result.json();
        for (Breach breach : Breach.values()) {
            if (expected.contains(breach.name())) {
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
    void eventsOutsideOfATransactionAreSeenWhereWorkersDie() {
        Result result = runWithDeaths(
                "no-transaction", "--points", "--bug", "NO_TRANSACTION", "--jobs", "200", "--workers", "2");

        assertThat(result.exit()).as(result.all()).isEqualTo(1);
        assertThat(result.json().path("doubled").asInt()).as(result.all()).isPositive();
        assertThat(result.json().path("lost").asInt()).as(result.all()).isZero();
    }

    /** What kills excuse is the jobs they hit, not as many calls of any job. */
    @Test
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
