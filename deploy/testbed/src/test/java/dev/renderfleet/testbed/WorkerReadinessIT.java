package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.simulators.Rule;
import dev.renderfleet.testbed.jobs.PlainJob;
import dev.renderfleet.testbed.system.FleetSystem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A worker that cannot work takes no work, and says so. */
class WorkerReadinessIT {

    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);

    /** Else it would reject its share of all jobs as unsupported. */
    @Test
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

    @Test
    void aRefusedKeyHoldsTheProviderOfAllWorkersAndNoOther() throws InterruptedException {
        try (TestFleet fleet = TestFleet.start("refused-key")) {
            FleetSystem.RunningProcess first = fleet.worker("worker-1", Map.of());
            FleetSystem.RunningProcess second = fleet.worker("worker-2", Map.of());
            fleet.awaitGroupOf(2);
            fleet.simulator().addRule(Rule.always("401"));

            fleet.publish(jobs(1));
            awaitNotReady(first, "refuses the account");
            awaitNotReady(second, "refuses the account");
            fleet.publish(jobs(20));
            fleet.publish(List.of(PlainJob.of("shop", "dry", "proof", "A vase", OutputSize.K1)));

            assertThat(fleet.awaitEvents(1, LONG_ENOUGH))
                    .singleElement()
                    .isInstanceOfSatisfying(
                            RenderCompleted.class,
                            event -> assertThat(event.job().idempotencyKey()).isEqualTo("dry"));
            assertThat(fleet.simulator().requests(100)).as("calls, all refused").hasSizeLessThanOrEqualTo(2);
        }
    }

    @Test
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
            admin.createTopics(List.of(new NewTopic(Topics.JOBS, 3, (short) 1)))
                    .all()
                    .get();

            Awaitility.await("the worker is ready again")
                    .atMost(LONG_ENOUGH)
                    .until(() -> readiness(worker).statusCode() == 200);
            fleet.publish(List.of(TestFleet.job("shop", "later", "A vase on a new topic")));
            assertThat(fleet.awaitEvents(4, LONG_ENOUGH)).hasSize(4);
        }
    }

    /** The same bucket by another name counts as another bucket. */
    @Test
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

    private static void awaitNotReady(FleetSystem.RunningProcess worker, String reason) {
        Awaitility.await(worker.part().name() + " says " + reason)
                .atMost(LONG_ENOUGH)
                .until(() -> {
                    HttpResponse<String> answer = readiness(worker);
                    return answer.statusCode() == 503 && answer.body().contains(reason);
                });
    }

    private static HttpResponse<String> readiness(FleetSystem.RunningProcess worker)
            throws IOException, InterruptedException {
        URI ready = URI.create("http://127.0.0.1:" + worker.httpPort() + "/q/health/ready");
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(ready).timeout(Duration.ofSeconds(5)).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }
}
