package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.system.FleetSystem;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that cannot work takes no work, and says so. */
class WorkerReadinessIT {

    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);
    private static final String READY = "/q/health/ready";
    private static final Pattern DEFERRED =
            Pattern.compile("renderfleet_lane_deferred\\{model=\"gemini-nano-banana-2.1\",?} (\\S+)");

    /** Else it would reject its share of all jobs as unsupported. */
    @Test
    @Tag("long")
    void aWorkerWithoutAKeyRejectsNothingThatAnotherCanRender() throws InterruptedException {
        try (TestFleet fleet = TestFleet.start("no-key")) {
            FleetSystem.RunningProcess keyless =
                    fleet.worker("keyless", Map.of("RENDERFLEET_PROVIDERS_GEMINI_API_KEY", ""));
            fleet.worker("sound", Map.of());
            awaitNotReady(keyless, "GEMINI_API_KEY");

            fleet.publish(jobs(40));

            assertThat(fleet.awaitEvents(40, LONG_ENOUGH))
                    .hasSize(40)
                    .allSatisfy(event -> assertThat(event).isInstanceOf(RenderCompleted.class));
        }
    }

    /** The key was rotated: the operator sets the new one, and the jobs that wait are rendered. */
    @Test
    void aRefusedKeyHoldsTheProviderOfAllWorkersAndNoOtherUntilItIsReplaced() throws InterruptedException {
        Map<String, String> revoked = Map.of("RENDERFLEET_PROVIDERS_GEMINI_API_KEY", "revoked");
        try (TestFleet fleet = TestFleet.start("refused-key")) {
            FleetSystem.RunningProcess first = fleet.worker("worker-1", revoked);
            FleetSystem.RunningProcess second = fleet.worker("worker-2", revoked);
            fleet.awaitGroupOf(2);

            fleet.publish(jobs(1));
            awaitNotReady(first, "refuses the account");
            awaitNotReady(second, "refuses the account");
            fleet.publish(List.of(PlainJob.of("shop", "dry", "proof", "A vase", OutputSize.K1)));
            fleet.publish(jobs(21).subList(1, 21));

            assertThat(fleet.awaitEvents(1, LONG_ENOUGH))
                    .singleElement()
                    .isInstanceOfSatisfying(
                            RenderCompleted.class,
                            event -> assertThat(event.job().idempotencyKey()).isEqualTo("dry"));
            assertThat(fleet.simulator().requests(100)).as("calls, all refused").hasSizeBetween(1, 2);

            fleet.stop(first);
            fleet.stop(second);
            fleet.worker("worker-3", Map.of());
            assertThat(fleet.awaitEvents(22, LONG_ENOUGH))
                    .hasSize(22)
                    .allSatisfy(event -> assertThat(event).isInstanceOf(RenderCompleted.class));
            assertThat(fleet.audit().broken()).isEmpty();
        }
    }

    /** A backlog of a night: more than the metadata of the partitions can hold. */
    @Test
    @Tag("long")
    void twoHundredThousandJobsSurviveARefusedKey() throws Exception {
        int backlog = 200_000;
        try (TestFleet fleet = TestFleet.start("rotated-key")) {
            FleetSystem.RunningProcess revoked =
                    fleet.worker("worker-1", Map.of("RENDERFLEET_PROVIDERS_GEMINI_API_KEY", "revoked"));
            fleet.publish(jobs(1));
            awaitNotReady(revoked, "refuses the account");
            fleet.publish(jobs(backlog).subList(1, backlog));
            awaitDeferred(revoked, backlog / 3.0);
            assertThat(fleet.events()).isEmpty();
            assertThat(fleet.simulator().requests(100)).as("calls, all refused").hasSize(1);

            revoked.part().kill();
            FleetSystem.RunningProcess restarted =
                    fleet.worker("worker-1", Map.of("RENDERFLEET_PROVIDERS_GEMINI_API_KEY", "revoked"));
            Awaitility.await("the canary is refused")
                    .atMost(LONG_ENOUGH)
                    .until(() -> fleet.simulator().requests(100).size() > 1);
            awaitDeferred(restarted, 1_000);
            assertThat(fleet.simulator().requests(100)).as("one canary more").hasSize(2);

            restarted.part().kill();
            fleet.worker("worker-2", Map.of());
            assertThat(fleet.awaitEvents(500, LONG_ENOUGH))
                    .allSatisfy(event -> assertThat(event).isInstanceOf(RenderCompleted.class));
        }
    }

    /** Its folder is gone here; that it is read-only or full shows in the same way. */
    @Test
    @Tag("long")
    void aWorkerWhoseSpoolCannotBeWrittenLeavesItsJobsToAnotherUntilItCan(@TempDir Path spool) throws Exception {
        try (TestFleet fleet = TestFleet.start("no-spool")) {
            FleetSystem.RunningProcess first =
                    fleet.worker("worker-1", Map.of("RENDERFLEET_WORKER_SPOOL", spool.toString()));
            FleetSystem.RunningProcess second = fleet.worker("worker-2", Map.of());
            fleet.awaitGroupOf(2);
            Path own = spool.resolve("0");
            Path away = spool.resolve("away");

            Files.move(own, away);
            awaitNotReady(first, "cannot write to the spool folder");
            fleet.publish(jobs(20));
            assertThat(fleet.awaitEvents(20, LONG_ENOUGH))
                    .hasSize(20)
                    .allSatisfy(event -> assertThat(event).isInstanceOf(RenderCompleted.class));

            Files.move(away, own);
            awaitReady(first);
            fleet.stop(second);
            fleet.publish(List.of(TestFleet.job("shop", "later", "A vase on a mended disk")));
            assertThat(fleet.awaitEvents(21, LONG_ENOUGH)).hasSize(21);
            assertThat(fleet.audit().broken()).isEmpty();
        }
    }

    @Test
    @Tag("long")
    void aDeletedTopicIsWaitedFor() throws Exception {
        try (TestFleet fleet = TestFleet.start("deleted-topic");
                Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, (Object)
                        fleet.sandbox().bootstrapServers()))) {
            FleetSystem.RunningProcess worker = fleet.worker("worker-1", Map.of());
            fleet.publish(jobs(3));
            fleet.awaitEvents(3, LONG_ENOUGH);

            admin.deleteTopics(List.of(Topics.JOBS)).all().get();
            awaitNotReady(worker, "no such topic");
            assertThat(worker.part().alive()).isTrue();
            assertThat(TestFleet.get(worker, "/q/health/live"))
                    .as("the threads of consumers and settler run, so no restart is asked for")
                    .matches(live -> live.statusCode() == 200 && live.body().contains("\"jobs\": \"[OK]\""));
            admin.createTopics(List.of(new NewTopic(Topics.JOBS, 3, (short) 1)))
                    .all()
                    .get();

            awaitReady(worker);
            fleet.publish(List.of(TestFleet.job("shop", "later", "A vase on a new topic")));
            assertThat(fleet.awaitEvents(4, LONG_ENOUGH)).hasSize(4);
        }
    }

    /** The same bucket by another name counts as another bucket. */
    @Test
    @Tag("long") // FleetTieTest has the cases.
    void aSecondBucketUnderOneFleetIsRefusedAndMovedToOnPurpose() {
        try (TestFleet fleet = TestFleet.start("two-buckets")) {
            fleet.stop(fleet.worker("worker-1", Map.of()));
            String endpoint = fleet.sandbox().store().endpoint();
            String other = endpoint.replace("127.0.0.1", "localhost");
            assertThat(other).isNotEqualTo(endpoint);
            String former = endpoint + "/" + fleet.sandbox().store().bucket();

            assertThatThrownBy(() -> fleet.worker("worker-2", Map.of("RENDERFLEET_S3_ENDPOINT", other)))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining(former)
                    .hasMessageContaining(other);
            fleet.worker("worker-3", Map.of("RENDERFLEET_S3_ENDPOINT", other, "RENDERFLEET_S3_MOVED_FROM", former));
        }
    }

    private static List<RenderJob> jobs(int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> TestFleet.job("shop", "key-" + number, "A vase, number " + number))
                .toList();
    }

    /** Jobs beyond those that wait at the gate. */
    private static void awaitDeferred(FleetSystem.RunningProcess worker, double count) {
        Awaitility.await(count + " jobs are parked")
                .atMost(LONG_ENOUGH)
                .until(() -> DEFERRED.matcher(
                                TestFleet.get(worker, "/q/metrics").body())
                        .results()
                        .anyMatch(lane -> Double.parseDouble(lane.group(1)) > count));
    }

    private static void awaitNotReady(FleetSystem.RunningProcess worker, String reason) {
        Awaitility.await(worker.part().name() + " says " + reason)
                .atMost(LONG_ENOUGH)
                .until(() -> {
                    HttpResponse<String> answer = TestFleet.get(worker, READY);
                    return answer.statusCode() == 503 && answer.body().contains(reason);
                });
    }

    private static void awaitReady(FleetSystem.RunningProcess worker) {
        Awaitility.await(worker.part().name() + " is ready again")
                .atMost(LONG_ENOUGH)
                .until(() -> TestFleet.get(worker, READY).statusCode() == 200);
    }
}
