package dev.renderfleet.testbed.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.testbed.chaos.ChaosHarness.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The promises while things are killed; small runs, since {@code ./fleet chaos} makes large ones. */
class ChaosIT {

    @Test
    void everyPromiseHoldsWhileWorkersAndTheBrokerAreKilledAndStoreAndModelFail() {
        assertAllHolds("chaos", 200);
    }

    @Test
    @Tag("long")
    void aReaderThatIsNotOursCountsTheSameEvents() throws IOException {
        JsonNode json = assertAllHolds("chaos-500", 500);

        assertThat(ConsoleConsumer.count(ChaosHarness.brokerData("chaos-500")))
                .isEqualTo(json.path("events").asLong());
    }

    private static JsonNode assertAllHolds(String name, int jobs, String... more) {
        List<String> options = new ArrayList<>(List.of(
                "--jobs", Integer.toString(jobs), "--slots", "8", "--time-scale", "12", "--patience", "2m", "--json"));
        options.addAll(List.of(more));
        Result result = ChaosHarness.run(name, options.toArray(String[]::new));

        assertThat(result.exit()).as(result.all()).isZero();
        JsonNode json = result.json();
        assertThat(json.path("kills").asInt()).as(result.all()).isGreaterThanOrEqualTo(jobs / 100);
        assertThat(json.path("brokerRestarts").asInt()).as(result.all()).isEqualTo(1);
        assertThat(json.path("storeFaults").asInt()).as(result.all()).isPositive();
        assertThat(json.path("slotsUsed").asDouble())
                .as(result.all())
                .isGreaterThan(0)
                .isLessThan(1);
        assertThat(json.path("jobs").asInt()).isEqualTo(jobs);
        assertThat(json.path("completed").asInt()
                        + json.path("failed").asInt()
                        + json.path("rejected").asInt())
                .as(result.all())
                .isEqualTo(jobs);
        assertThat(json.path("seed").isIntegralNumber()).isTrue();
        assertThat(json.path("inFlightAtKills").asInt()).as(result.all()).isPositive();
        assertThat(json.at("/recoverySeconds/median").asDouble())
                .as(result.all())
                .isPositive();
        assertThat(json.at("/recoverySeconds/p99").asDouble())
                .isGreaterThanOrEqualTo(json.at("/recoverySeconds/median").asDouble());
        assertThat(json.path("events").asInt())
                .as("one event for each record")
                .isEqualTo(json.path("records").asInt())
                .isGreaterThanOrEqualTo(jobs);
        return json;
    }

    /** Of the jobs with a reason to go on with another model, some do. Whether an edit finds a session depends on the seed. */
    @Test
    @Tag("long")
    void everyPromiseHoldsWithAMixOfAllProviders() {
        JsonNode json = assertAllHolds(
                "chaos-mix",
                250,
                "--models",
                "GEMINI,OPENAI,BFL,QWEN,COMFYUI,COMPATIBLE",
                "--edits",
                "20",
                "--fallbacks",
                "30");

        assertThat(json.path("fellBack").asInt()).isPositive();
        assertThat(json.path("edits").asInt()).isPositive();
    }

    @Test
    @Tag("long")
    void everyPromiseHoldsWhereverInAJobsLifeAWorkerDies() {
        Result result = ChaosHarness.run(
                "chaos-points",
                "--points",
                "--models",
                "GEMINI,BFL",
                "--jobs",
                "400",
                "--time-scale",
                "16",
                "--broker-restarts",
                "0",
                "--patience",
                "2m",
                "--json");

        assertThat(result.exit()).as(result.all()).isZero();
        assertThat(result.json().path("kills").asInt()).as(result.all()).isEqualTo(FailpointName.values().length);
        assertThat(result.json().path("pointsMissed").isEmpty()).isTrue();
    }

    /** Dead by the word of Kafka's coordinator, while they were stopped. */
    @Test
    @Tag("long")
    void everyPromiseHoldsForWorkersThatWereTakenForDead() {
        Result result = ChaosHarness.run(
                "chaos-zombies",
                "--kill-every",
                "0",
                "--pause-every",
                "3s",
                "--jobs",
                "150",
                "--time-scale",
                "12",
                "--broker-restarts",
                "0",
                "--patience",
                "2m",
                "--json");

        assertThat(result.exit()).as(result.all()).isZero();
        assertThat(result.json().path("zombies").asInt())
                .as(result.all())
                .isPositive()
                .isLessThanOrEqualTo(result.json().path("pauses").asInt());
        assertThat(result.json().path("crashes").asInt()).as(result.all()).isZero();
    }

    @Test
    void wrongUsageIsToldFromABrokenPromise() {
        assertThat(ChaosHarness.run("chaos-usage", "--jobs", "0").exit()).isEqualTo(2);
        assertThat(ChaosHarness.run("chaos-usage", "--beside", "smallrye", "--points")
                        .exit())
                .isEqualTo(2);
        assertThat(ChaosHarness.run("chaos-usage", "--kill-every", "often").exit())
                .isEqualTo(2);
        assertThat(ChaosHarness.run("chaos-usage", "--points=NOWHERE").exit()).isEqualTo(2);
        assertThat(ChaosHarness.run("chaos-usage", "--bug", "FORGET_SPOOL", "--workers", "1", "--kill-every", "0")
                        .exit())
                .isEqualTo(2);
    }
}
