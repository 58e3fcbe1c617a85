package dev.renderfleet.cli.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.cli.Cli;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.testbed.TestFleet;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.Paths;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Lost outcomes are found in a running fleet and published by a healthy worker, without a paid call. */
@Tag("long")
class RepairIT {

    private static final Paths PATHS = new Paths(Path.of("..", ".."), Path.of("target", "it", "repair"));
    /** When nothing is on its way any more. */
    private static final InstantSource A_DAY_LATER = InstantSource.offset(InstantSource.system(), Duration.ofDays(1));

    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);
    private static final int JOBS = 60;

    @Test
    void lostOutcomesArePublishedAfterTheRepairAndNothingIsPaidAgain() throws IOException, InterruptedException {
        try (TestFleet fleet = TestFleet.start("repair", "--time-scale", "50")) {
            FleetSystem.RunningProcess forgetful =
                    fleet.worker("forgetful", Map.of(FleetSystem.PLANTED_BUG, "LOSE_OUTCOME"));
            fleet.publish(jobs());
            Awaitility.await("all jobs at their end").atMost(LONG_ENOUGH).until(() -> {
                JsonNode found = audit();
                return found.path("announced").asInt()
                                + found.path("unannounced").asInt()
                        == JOBS;
            });
            fleet.stop(forgetful);
            int lost = audit().path("unannounced").asInt();
            assertThat(lost).as("about every tenth").isPositive();

            fleet.worker("healthy", Map.of());
            JsonNode repaired = audit("--repair", "announce");

            assertThat(repaired.path("published").asInt()).isEqualTo(lost);
            List<RenderEvent> events = fleet.awaitEvents(JOBS, LONG_ENOUGH);
            assertThat(events).extracting(event -> event.job().jobId()).doesNotHaveDuplicates();
            assertThat(events).filteredOn(RenderEvent::replay).hasSize(lost);
            assertThat(audit().path("findings").isEmpty()).isTrue();
            assertThat(fleet.simulator().requests(10 * JOBS))
                    .as("one call for each job")
                    .hasSize(JOBS);
        }
    }

    private static List<RenderJob> jobs() {
        return IntStream.range(0, JOBS)
                .mapToObj(number -> TestFleet.job("shop", "lost-" + number, "A lamp, number " + number))
                .toList();
    }

    private static JsonNode audit(String... options) throws IOException {
        var out = new StringWriter();
        List<String> all =
                new ArrayList<>(List.of("--json", "--profile", PATHS.profile().toString()));
        all.addAll(List.of(options));
        Cli.commandLine(new AuditCommand(A_DAY_LATER))
                .setOut(new PrintWriter(out))
                .execute(all.toArray(String[]::new));
        return new ObjectMapper().readTree(out.toString());
    }
}
