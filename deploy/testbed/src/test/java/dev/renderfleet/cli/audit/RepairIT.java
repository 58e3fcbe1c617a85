package dev.renderfleet.cli.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.cli.Cli;
import dev.renderfleet.cli.cluster.TopicReader;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.testbed.TestFleet;
import dev.renderfleet.testbed.audit.Breach;
import dev.renderfleet.testbed.jobs.SandboxCluster;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.Paths;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Lost outcomes are found in a running fleet and published by a healthy worker, without a paid call; so are all after a reset. */
@Tag("long")
class RepairIT {

    private static final Paths PATHS = new Paths(Path.of("..", ".."), Path.of("target", "it", "repair"));
    /** When nothing is on its way any more. */
    private static final InstantSource A_DAY_LATER = InstantSource.offset(InstantSource.system(), Duration.ofDays(1));

    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);
    private static final int JOBS = 60;

    @Test
    void lostOutcomesArePublishedAfterTheRepairAndNothingIsPaidAgainAlsoAfterAResetOfOffsets() throws Exception {
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

            FleetSystem.RunningProcess healthy = fleet.worker("healthy", Map.of());
            JsonNode repaired = audit("--repair", "announce");

            assertThat(repaired.path("published").asInt()).isEqualTo(lost);
            List<RenderEvent> events = fleet.awaitEvents(JOBS, LONG_ENOUGH);
            assertThat(events).extracting(event -> event.job().jobId()).doesNotHaveDuplicates();
            assertThat(events).filteredOn(RenderEvent::replay).hasSize(lost);
            assertThat(audit().path("findings").isEmpty()).isTrue();

            fleet.stop(healthy);
            resetOffsets(fleet);
            fleet.worker("after-reset", Map.of());
            List<RenderEvent> again = fleet.awaitEvents(2 * JOBS + lost, LONG_ENOUGH);

            assertThat(again)
                    .filteredOn(event -> !event.replay())
                    .as("a lost outcome is published by its own record now; the others are replays")
                    .extracting(event -> event.job().jobId())
                    .hasSize(JOBS)
                    .doesNotHaveDuplicates();
            assertThat(ids(fleet))
                    .hasSize(JOBS)
                    .allSatisfy((_, ids) -> assertThat(ids).hasSize(1));
            assertThat(audit().path("findings").isEmpty()).isTrue();
            assertThat(fleet.audit().findings())
                    .as("the records come twice, nothing else is wrong")
                    .containsOnlyKeys(Breach.DOUBLED);
            assertThat(fleet.simulator().requests(10 * JOBS))
                    .as("one call for each job")
                    .hasSize(JOBS);
        }
    }

    private static void resetOffsets(TestFleet fleet) throws ExecutionException, InterruptedException {
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", fleet.sandbox().bootstrapServers()))) {
            Map<TopicPartition, OffsetAndMetadata> offsets =
                    new HashMap<>(admin.listConsumerGroupOffsets(ConsumerGroups.WORKERS)
                            .partitionsToOffsetAndMetadata()
                            .get());
            offsets.replaceAll((_, _) -> new OffsetAndMetadata(0));
            admin.alterConsumerGroupOffsets(ConsumerGroups.WORKERS, offsets)
                    .all()
                    .get();
        }
    }

    /** Of all events, by job. */
    private static Map<String, Set<String>> ids(TestFleet fleet) {
        Map<String, Set<String>> ids = new HashMap<>();
        new TopicReader(SandboxCluster.kafka(fleet.sandbox()))
                .readAll(
                        Topics.EVENTS,
                        event -> ids.computeIfAbsent(event.key(), _ -> new HashSet<>())
                                .add(new String(
                                        event.headers()
                                                .lastHeader(CloudEvents.ID)
                                                .value(),
                                        StandardCharsets.UTF_8)));
        return ids;
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
