package dev.renderfleet.fleet.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.fleet.jobs.EventReader;
import dev.renderfleet.fleet.jobs.JobPublisher;
import dev.renderfleet.fleet.jobs.PlainJob;
import dev.renderfleet.fleet.system.FleetSystem;
import dev.renderfleet.fleet.system.Places;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.SimulatorControl;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What a worker has forgotten to tell: found in the live system, and told by a healthy worker for no money. */
class RepairIT {

    private static final Places PLACES = new Places(Path.of("..", ".."), Path.of("target", "it", "repair"));
    /** When nothing is on its way any more. */
    private static final InstantSource A_DAY_LATER = InstantSource.offset(InstantSource.system(), Duration.ofDays(1));

    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);
    private static final int JOBS = 60;

    @Test
    void outcomesThatNobodyToldAreToldAfterTheRepairAndNothingIsPaidAgain() throws IOException, InterruptedException {
        try (var system = FleetSystem.begin(PLACES, false, _ -> {})) {
            SandboxEndpoints sandbox = system.startSandbox(List.of("--without", "postgres", "--time-scale", "50"));
            FleetSystem.Running forgetful =
                    worker(system, sandbox, "forgetful", Map.of("RENDERFLEET_CHAOS_BUG", "LOSE_OUTCOME"));
            try (var publisher = new JobPublisher(sandbox.bootstrapServers())) {
                publisher.publish(jobs());
            }
            Awaitility.await("all jobs at their end").atMost(LONG_ENOUGH).until(() -> {
                JsonNode found = audit();
                return found.path("announced").asInt()
                                + found.path("unannounced").asInt()
                        == JOBS;
            });
            system.stop(forgetful, LONG_ENOUGH);
            int untold = audit().path("unannounced").asInt();
            assertThat(untold).as("about every tenth").isPositive();

            worker(system, sandbox, "healthy", Map.of());
            JsonNode repaired = audit("--repair", "announce");

            assertThat(repaired.path("published").asInt()).isEqualTo(untold);
            List<RenderEvent> events = events(sandbox);
            assertThat(events).extracting(event -> event.job().jobId()).doesNotHaveDuplicates();
            assertThat(events).filteredOn(RenderEvent::replay).hasSize(untold);
            assertThat(audit().path("findings").isEmpty()).isTrue();
            assertThat(new SimulatorControl(sandbox.model().control()).requests(10 * JOBS))
                    .as("one call for each job")
                    .hasSize(JOBS);
        }
    }

    private static FleetSystem.Running worker(
            FleetSystem system, SandboxEndpoints sandbox, String name, Map<String, String> more) {
        Map<String, String> settings = new TreeMap<>(FleetSystem.workerEnvironment(sandbox));
        settings.putAll(FleetSystem.simulatedGemini(sandbox));
        settings.putAll(more);
        FleetSystem.Running worker = system.startWorker(name, settings);
        system.awaitReady(worker);
        return worker;
    }

    private static List<RenderJob> jobs() {
        return IntStream.range(0, JOBS)
                .mapToObj(number -> PlainJob.of(
                        "shop", "untold-" + number, "nano-banana", "A lamp, number " + number, OutputSize.K1))
                .toList();
    }

    /** One for each job. */
    private static List<RenderEvent> events(SandboxEndpoints sandbox) {
        List<RenderEvent> events = new ArrayList<>();
        try (var reader = new EventReader(sandbox.bootstrapServers(), EventReader.From.BEGINNING)) {
            Awaitility.await("an event for each job").atMost(LONG_ENOUGH).until(() -> {
                events.addAll(reader.poll(Duration.ofMillis(100)));
                return events.size() >= JOBS;
            });
        }
        return events;
    }

    private static JsonNode audit(String... options) throws IOException {
        var out = new StringWriter();
        List<String> all = new ArrayList<>(List.of("--json"));
        all.addAll(List.of(options));
        new CommandLine(new AuditCommand(PLACES, A_DAY_LATER))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out))
                .execute(all.toArray(String[]::new));
        return new ObjectMapper().readTree(out.toString());
    }
}
