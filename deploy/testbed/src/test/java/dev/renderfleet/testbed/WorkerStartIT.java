package dev.renderfleet.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.wire.ConsumerGroups;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.testbed.system.FleetSystem;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
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
                FleetSystem.RunningProcess doomed = fleet.worker(
                        "worker-1", Map.of("RENDERFLEET_CHAOS_KILL_AT", point, "RENDERFLEET_CHAOS_KILL_AT_HIT", "1"));
                fleet.publish(List.of(TestFleet.job("shop", point, "A vase that outlives its worker at " + point)));
                Awaitility.await("the worker dies at " + point)
                        .atMost(LONG_ENOUGH)
                        .until(() -> !doomed.part().alive());
                assertThat(fleet.simulator().ledger().calls()).as(point).isEqualTo(jobs);

                FleetSystem.RunningProcess successor = fleet.worker("worker-1", Map.of());

                assertThat(fleet.awaitEvents(jobs, LONG_ENOUGH).getLast())
                        .as(point)
                        .isInstanceOf(RenderCompleted.class);
                assertThat(fleet.simulator().ledger().calls()).as(point).isEqualTo(jobs);
                fleet.stop(successor);
            }
            assertThat(fleet.audit().broken()).isEmpty();
        }
    }

    /**
     * Its place in the group would keep the partitions for a minute, and its claim for as long as Kafka has it for a member: as a broker that
     * has crashed beside it may do for ever.
     */
    @Test
    @Tag("long")
    void aWorkerThatIsBackOnItsDiskTakesItsPredecessorsJobOverThoughKafkaHasThatForAlive() throws Exception {
        try (TestFleet fleet = TestFleet.start("predecessor");
                Admin admin = Admin.create(kafka(fleet))) {
            var group = new ConfigResource(ConfigResource.Type.GROUP, ConsumerGroups.WORKERS);
            var session = new ConfigEntry("consumer.session.timeout.ms", "60000");
            admin.incrementalAlterConfigs(Map.of(group, List.of(new AlterConfigOp(session, OpType.SET))))
                    .all()
                    .get();
            FleetSystem.RunningProcess doomed = fleet.worker(
                    "worker-1", Map.of("RENDERFLEET_CHAOS_KILL_AT", "CLAIMED", "RENDERFLEET_CHAOS_KILL_AT_HIT", "1"));
            fleet.publish(List.of(TestFleet.job("shop", "k", "A vase that outlives its claim")));
            Awaitility.await("the worker dies")
                    .atMost(LONG_ENOUGH)
                    .until(() -> !doomed.part().alive());
            String killed = owner(fleet.bucket());

            try (var ghost = new Ghost(fleet, killed)) {
                Awaitility.await("Kafka lists the killed worker as a member")
                        .atMost(LONG_ENOUGH)
                        .until(() -> ghost.isMember(admin));
                FleetSystem.RunningProcess successor = fleet.worker("worker-1", Map.of());

                Awaitility.await("the successor has joined")
                        .atMost(LONG_ENOUGH)
                        .until(() -> members(admin).stream()
                                .anyMatch(member -> !member.clientId().equals(killed)));
                assertThat(members(admin))
                        .as("workers, which all have an instance id")
                        .filteredOn(member -> member.groupInstanceId().isPresent())
                        .extracting(MemberDescription::clientId)
                        .hasSize(1)
                        .doesNotContain(killed);
                assertThat(fleet.awaitEvents(1, LONG_ENOUGH))
                        .singleElement()
                        .isInstanceOfSatisfying(
                                RenderCompleted.class,
                                event -> assertThat(event.attempts())
                                        .extracting(Attempt::outcome)
                                        .containsExactly(FailureCode.UNKNOWN_OUTCOME.wireName(), "drawn"));
                assertThat(ghost.isMember(admin)).as("all the while").isTrue();
                fleet.stop(successor);
            }
            assertThat(fleet.simulator().ledger().calls()).isEqualTo(1);
            assertThat(fleet.audit().broken()).isEmpty();
        }
    }

    /** Kafka's clients cannot be made before; their exception would end the process. Needs no sandbox. */
    @Test
    void anUnknownHostOfKafkaIsWaitedFor() {
        try (FleetSystem system = FleetSystem.begin(TestFleet.paths("unknown-host"), false, _ -> {})) {
            FleetSystem.RunningProcess worker = system.startWorker(
                    "worker-1",
                    Map.of(
                            "KAFKA_BOOTSTRAP_SERVERS", "kafka.invalid:9092",
                            "RENDERFLEET_S3_ENDPOINT", "http://127.0.0.1:9",
                            "RENDERFLEET_S3_ACCESS_KEY", "none",
                            "RENDERFLEET_S3_SECRET_KEY", "none"));

            Awaitility.await("the worker waits for the host")
                    .atMost(LONG_ENOUGH)
                    .until(() -> Files.readString(worker.part().log())
                            .contains("the host of no Kafka broker is known, the start waits"));
            assertThat(worker.part().alive()).isTrue();
        }
    }

    /** Whose claim it is. */
    private static String owner(Bucket bucket) {
        List<String> entries = new ArrayList<>();
        bucket.list("ledger/", entry -> entries.add(new String(bucket.get(entry.key()), UTF_8)));
        assertThat(entries).singleElement(STRING).contains("\"owner\"");
        return entries.getFirst().replaceAll("(?s).*\"owner\":\"([^\"]*)\".*", "$1");
    }

    private static Collection<MemberDescription> members(Admin admin) throws ExecutionException, InterruptedException {
        return admin.describeConsumerGroups(List.of(ConsumerGroups.WORKERS)).all().get().values().stream()
                .flatMap(group -> group.members().stream())
                .toList();
    }

    private static Map<String, Object> kafka(TestFleet fleet) {
        return Map.of("bootstrap.servers", fleet.sandbox().bootstrapServers());
    }

    /** A member with the name of a killed worker, which reads no jobs and cannot be removed from the group. */
    private static final class Ghost implements AutoCloseable {
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final String name;

        Ghost(TestFleet fleet, String name) {
            this.name = name;
            Map<String, Object> settings = new HashMap<>(kafka(fleet));
            settings.put("group.id", ConsumerGroups.WORKERS);
            settings.put("group.protocol", "consumer");
            settings.put("client.id", name);
            settings.put("enable.auto.commit", false);
            consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            consumer.subscribe(List.of(Topics.SIGNALS));
        }

        boolean isMember(Admin admin) throws ExecutionException, InterruptedException {
            consumer.poll(Duration.ofMillis(100));
            return members(admin).stream()
                    .anyMatch(member -> member.clientId().equals(name)
                            && member.groupInstanceId().isEmpty());
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}
