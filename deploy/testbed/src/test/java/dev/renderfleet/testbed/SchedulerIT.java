package dev.renderfleet.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.sandbox.SandboxProcess;
import dev.renderfleet.testbed.system.FleetSystem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The packaged scheduler beside a real PostgreSQL, and without it. */
class SchedulerIT {

    private static final Duration SOON = Duration.ofMinutes(1);
    private static final int JOBS = 60;
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void isReadyWithPostgresAndSaysSoWhenItIsGoneWhileItStaysAlive() throws Exception {
        var paths = TestFleet.paths("scheduler");
        try (var sandbox = SandboxProcess.start("--without", "s3", "--without", "simulators");
                var system = FleetSystem.begin(paths, false, _ -> {});
                var http = HttpClient.newHttpClient()) {
            var scheduler = system.startScheduler("scheduler", FleetSystem.schedulerEnvironment(sandbox.endpoints()));
            system.awaitReady(scheduler);

            assertThat(get(http, scheduler, "/q/health/ready").body())
                    .contains("\"status\": \"UP\"")
                    .contains("Database connections health check");
            assertThat(get(http, scheduler, "/q/health/live").statusCode()).isEqualTo(200);
            HttpResponse<String> metrics = get(http, scheduler, "/q/metrics");
            assertThat(metrics.statusCode()).isEqualTo(200);
            assertThat(metrics.body()).contains("jvm_memory_used_bytes");

            saysWhyAJobWaitsWithoutAWorker(http, scheduler);

            sandbox.kill();

            Awaitility.await("readiness gone")
                    .atMost(SOON)
                    .until(() -> get(http, scheduler, "/q/health/ready").statusCode() == 503);
            assertThat(get(http, scheduler, "/q/health/ready").body()).contains("\"status\": \"DOWN\"");
            assertThat(get(http, scheduler, "/q/health/live").statusCode()).isEqualTo(200);
            assertThat(scheduler.part().alive()).isTrue();
        }
    }

    private static void saysWhyAJobWaitsWithoutAWorker(HttpClient http, FleetSystem.RunningProcess scheduler)
            throws IOException, InterruptedException {
        assertThat(post(http, scheduler, "application/json", job("why", 0)).statusCode())
                .isEqualTo(202);
        String path = "/v1/jobs/" + JobId.of("why", "job-0").value() + "/why";
        JsonNode why = JSON.readTree(get(http, scheduler, path).body());
        assertThat(why.path("state").asText()).isEqualTo("queued");
        assertThat(why.path("sentence").asText()).startsWith("No worker has said");
        assertThat(why.path("causes").path(0).path("kind").asText()).isEqualTo("no_worker");
        assertThat(get(http, scheduler, path + "?tenant=another").statusCode()).isEqualTo(404);

        JsonNode queue = JSON.readTree(get(http, scheduler, "/v1/queue").body());
        assertThat(queue.path("models").path(0).path("waiting").asInt()).isEqualTo(1);
        assertThat(queue.path("tenants").path(0).path("tenant").asText()).isEqualTo("why");
        assertThat(get(http, scheduler, "/v1/tenants/why/unknown").body()).isEqualTo("[]");
        assertThat(get(http, scheduler, "/v1/jobs?tenant=why").body()).contains("\"state\":\"queued\"");
        faultsAreProblems(http, scheduler);
    }

    private static void faultsAreProblems(HttpClient http, FleetSystem.RunningProcess scheduler)
            throws IOException, InterruptedException {
        Map.of(
                        get(http, scheduler, "/v1/jobs?tenant=why&cursor=AAAA"), 400,
                        get(http, scheduler, "/v1/nothing"), 404,
                        post(http, scheduler, "text/plain", "a vase"), 415,
                        post(http, scheduler, "application/json", "{"), 400)
                .forEach((answer, status) -> {
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
                    assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
                    assertThat(answer.body()).contains("\"detail\":", "\"code\":");
                });
    }

    /** Health is for all. The PROXY protocol names the client, as a load balancer does. There is no PostgreSQL, which it says too. */
    @Test
    void servesItsApiToThisMachineOnly() throws Exception {
        try (var system = FleetSystem.begin(TestFleet.paths("scheduler-guard"), false, _ -> {})) {
            var scheduler = system.startScheduler(
                    "scheduler",
                    Map.of(
                            "KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1",
                            "QUARKUS_DATASOURCE_JDBC_URL", "jdbc:postgresql://127.0.0.1:1/none",
                            "QUARKUS_HTTP_PROXY_USE_PROXY_PROTOCOL", "true"));
            Awaitility.await("scheduler alive")
                    .atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> getAs("192.0.2.7", scheduler, "/q/health/live").startsWith("HTTP/1.1 200"));

            for (String path : List.of("/v1/queue", "/%76%31/queue", "//v1/queue", "/q/../v1/queue")) {
                assertThat(getAs("192.0.2.7", scheduler, path))
                        .startsWith("HTTP/1.1 403")
                        .contains("application/problem+json", "not_local", "renderfleet.scheduler.open");
            }
            assertThat(getAs("127.0.0.1", scheduler, "/v1/queue"))
                    .startsWith("HTTP/1.1 503")
                    .contains("application/problem+json", "PostgreSQL cannot serve this now");
            assertThat(getAs("127.0.0.1", scheduler, "/q/health/ready"))
                    .startsWith("HTTP/1.1 503")
                    .contains("loop schema", "the schema cannot be brought up to date");
        }
    }

    private static String getAs(String client, FleetSystem.RunningProcess scheduler, String path) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), scheduler.httpPort())) {
            socket.setSoTimeout(Math.toIntExact(SOON.toMillis()));
            String request = """
                PROXY TCP4 %s 127.0.0.1 5000 80
                GET %s HTTP/1.1
                Host: localhost
                Connection: close

                """.formatted(client, path).replace("\n", "\r\n");
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    /** Jobs by three doors, the leader killed in the middle: each has one outcome, and the accounts are the simulator's bill. */
    @Tag("long")
    @Test
    void jobsByBothDoorsEndOnceThoughTheLeaderIsKilled() throws Exception {
        try (var fleet = TestFleet.startWithPostgres("scheduler-kill");
                var http = HttpClient.newHttpClient()) {
            fleet.worker("worker-1", Map.of("RENDERFLEET_WORKER_SLOTS", "8"));
            var first = fleet.scheduler("scheduler-1", Map.of());
            var second = fleet.scheduler("scheduler-2", Map.of());

            publishRequests(fleet, jobs("kafka"));
            HttpResponse<String> lines = post(http, second, "application/x-ndjson", String.join("\n", jobs("rest")));
            assertThat(lines.statusCode()).as(lines.body()).isEqualTo(200);
            assertThat(lines.body()).contains("\"accepted\":" + JOBS);
            fleet.publish(List.of(TestFleet.job("direct", "one", "A vase, direct")));
            String json = job("rest", 0);
            assertThat(post(http, first, "application/json", json).statusCode()).isEqualTo(200);
            assertThat(post(http, first, "application/json", json.replace("vase", "mug"))
                            .statusCode())
                    .isEqualTo(422);

            fleet.awaitEvents(JOBS / 2, SOON);
            assertThat(get(http, first, "/q/health/ready").body()).contains("\"leads\": true");
            first.part().kill();

            int all = 2 * JOBS + 1;
            List<RenderEvent> events = fleet.awaitEvents(all, Duration.ofMinutes(2));
            assertThat(events).allSatisfy(event -> assertThat(event).isInstanceOf(RenderCompleted.class));
            assertThat(events.stream()
                            .filter(event -> !event.replay())
                            .map(event -> event.job().jobId()))
                    .hasSize(all)
                    .doesNotHaveDuplicates();
            Awaitility.await("accounts settled").atMost(SOON).untilAsserted(() -> {
                long spent = 0;
                for (RenderEvent event : events) {
                    JsonNode job = JSON.readTree(
                            get(http, second, "/v1/jobs/" + event.job().jobId()).body());
                    assertThat(job.path("state").asText()).isEqualTo("completed");
                    spent += event.replay() ? 0 : job.path("spentUsdMicros").asLong();
                }
                assertThat(spent).isEqualTo(fleet.simulator().ledger().usdMicros());
            });
        }
    }

    /** The worst case of the cap is exact: what is not released for money is not called, and the next one to be asked says so. */
    @Tag("long")
    @Test
    void aCapOfADollarIsNeverExceeded() throws Exception {
        try (var fleet = TestFleet.startWithPostgres("scheduler-cap");
                var http = HttpClient.newHttpClient()) {
            fleet.worker("worker-1", Map.of());
            var scheduler = fleet.scheduler("scheduler-1", Map.of("RENDERFLEET_SCHEDULER_CAPS_TENANT", "1"));

            post(http, scheduler, "application/x-ndjson", String.join("\n", jobs("capped")));
            List<RenderEvent> events = fleet.awaitEvents(10, SOON);

            assertThat(events).isNotEmpty();
            Awaitility.await("the cap is nearly used, and nothing more is released")
                    .atMost(SOON)
                    .untilAsserted(() -> {
                        assertThat(fleet.simulator().ledger().usdMicros()).isBetween(900_000L, 1_000_000L);
                        assertThat(states(http, scheduler, "capped")).containsOnly("queued", "completed");
                    });
        }
    }

    /** Three jobs before one slot: the one that is called is finished, the others are not called, and their money is released. */
    @Tag("long")
    @Test
    void releasedJobsThatAreCanceledAreNotCalled() throws Exception {
        try (var fleet = TestFleet.startWithPostgres("scheduler-cancel");
                var http = HttpClient.newHttpClient()) {
            // Five seconds by the time scale: the signal arrives during the first call also on a busy machine.
            fleet.simulator().latency(100, 100);
            fleet.worker("worker-1", Map.of("RENDERFLEET_WORKER_SLOTS", "1"));
            var scheduler = fleet.scheduler("scheduler-1", Map.of());
            post(
                    http,
                    scheduler,
                    "application/x-ndjson",
                    String.join("\n", jobs("cancel").subList(0, 3)));
            Awaitility.await("one is called, two wait for the slot")
                    .atMost(SOON)
                    .until(() -> fleet.simulator().running().count() == 1
                            && states(http, scheduler, "cancel").stream()
                                            .filter("released"::equals)
                                            .count()
                                    == 3);

            HttpResponse<String> canceled = postTo(http, scheduler, "/v1/jobs/cancel?tenant=cancel&all=true");
            assertThat(canceled.statusCode()).as(canceled.body()).isEqualTo(202);
            assertThat(canceled.body()).contains("\"requested\":3");
            assertThat(states(http, scheduler, "cancel")).contains("canceling");

            List<RenderEvent> events = fleet.awaitEvents(3, SOON);
            assertThat(events)
                    .extracting(RenderEvent::outcome)
                    .containsOnlyOnce("completed")
                    .contains("canceled");
            Awaitility.await("settled")
                    .atMost(SOON)
                    .until(() -> states(http, scheduler, "cancel").subList(0, 3).stream()
                            .sorted()
                            .toList()
                            .equals(List.of("canceled", "canceled", "completed")));
            assertThat(fleet.awaitEvents(3, SOON)).as("each once").hasSize(3);
            assertThat(fleet.simulator().callsByPrompt()).hasSize(1);
            JsonNode accounts = JSON.readTree(
                    get(http, scheduler, "/v1/tenants/cancel/accounts").body());
            assertThat(accounts).isNotEmpty().allSatisfy(account -> {
                assertThat(account.path("reserved").asLong()).isZero();
                assertThat(account.path("spent").asLong())
                        .isEqualTo(fleet.simulator().ledger().usdMicros());
            });
        }
    }

    private static List<String> states(HttpClient http, FleetSystem.RunningProcess scheduler, String tenant)
            throws IOException, InterruptedException {
        List<String> states = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            String id = JobId.of(tenant, "job-" + i).value();
            states.add(JSON.readTree(get(http, scheduler, "/v1/jobs/" + id).body())
                    .path("state")
                    .asText());
        }
        return states;
    }

    private static List<String> jobs(String tenant) {
        return IntStream.range(0, JOBS).mapToObj(i -> job(tenant, i)).toList();
    }

    private static String job(String tenant, int number) {
        return "{\"tenant\":\"%s\",\"idempotencyKey\":\"job-%d\",\"model\":\"nano-banana\",\"prompt\":\"A vase, %s %d\"}"
                .formatted(tenant, number, tenant, number);
    }

    private static void publishRequests(TestFleet fleet, List<String> jobs) throws Exception {
        Map<String, Object> kafka =
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, fleet.sandbox().bootstrapServers());
        try (var producer = new KafkaProducer<>(kafka, new ByteArraySerializer(), new StringSerializer())) {
            for (String job : jobs) {
                producer.send(new ProducerRecord<>(Topics.REQUESTS, job)).get();
            }
        }
    }

    private static HttpResponse<String> post(
            HttpClient http, FleetSystem.RunningProcess running, String type, String body)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + running.httpPort() + "/v1/jobs");
        return http.send(
                HttpRequest.newBuilder(uri)
                        .timeout(SOON)
                        .header("content-type", type)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> postTo(HttpClient http, FleetSystem.RunningProcess running, String path)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + running.httpPort() + path);
        return http.send(
                HttpRequest.newBuilder(uri)
                        .timeout(SOON)
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(HttpClient http, FleetSystem.RunningProcess running, String path)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + running.httpPort() + path);
        return http.send(HttpRequest.newBuilder(uri).timeout(SOON).build(), HttpResponse.BodyHandlers.ofString());
    }
}
