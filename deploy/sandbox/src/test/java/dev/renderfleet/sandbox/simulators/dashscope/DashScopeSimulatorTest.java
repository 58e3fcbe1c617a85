package dev.renderfleet.sandbox.simulators.dashscope;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.sandbox.SimulatorControl;
import dev.renderfleet.sandbox.control.ControlServer;
import dev.renderfleet.sandbox.control.SandboxParts;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The DashScope simulator over the wire, in this JVM, by a clock that the test moves. Tasks take 10 seconds, calls no time. */
class DashScopeSimulatorTest {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String PIXEL =
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
                    + "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-30T12:00:00Z"));
    private ControlServer server;
    private SimulatorControl control;

    @BeforeEach
    void start() {
        var simulator =
                new DashScopeSimulator(SimulatorState.fresh(1, 1, now::get), new PictureRenderer(), 1, now::get);
        server = ControlServer.start(0, List.of(simulator), SandboxParts.NONE);
        control = new SimulatorControl(server.control() + "/dashscope");
        control.latency(0, 0);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void waitsForPicturesAndBillsThemWithTheirReferences() throws Exception {
        String image = "{\"image\":\"" + PIXEL + "\"},";
        var answer = call(body("qwen-image-3.0", image, "a boat", "\"size\":\"1536*1024\",\"n\":2"));

        JsonNode json = json(answer);
        assertThat(answer.headers().firstValue("x-request-id"))
                .contains(json.path("request_id").asText());
        assertThat(json.path("usage").toString())
                .isEqualTo(
                        "{\"output_width\":1536,\"output_height\":1024,\"output_image_count\":2,\"input_image_count\":1}");
        JsonNode content = json.at("/output/choices/0/message/content");
        assertThat(content).hasSize(2);
        var picture = get(content.path(1).path("image").asText());
        assertThat(picture.headers().firstValue("content-type")).contains("image/png");
        var drawn = ImageIO.read(new ByteArrayInputStream(picture.body()));
        assertThat(drawn.getWidth()).isEqualTo(1536);
        assertThat(drawn.getHeight()).isEqualTo(1024);
        assertThat(control.ledger().calls()).isEqualTo(1);
        assertThat(control.ledger().images()).isEqualTo(2);
        assertThat(control.ledger().usdMicros()).isEqualTo(63_000);
    }

    @Test
    void spellsTheUsageOfOlderModelsDifferently() throws Exception {
        assertThat(json(call(body("qwen-image-2.0", "", "a boat", "")))
                        .path("usage")
                        .toString())
                .isEqualTo("{\"width\":1024,\"height\":1024,\"image_count\":1}");
        assertThat(json(call(body("qwen-image-2.0", "", "a boat [[sim:OTHER_USAGE]]", "")))
                        .at("/usage/output_image_count")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void aPictureCanBeFetchedForADayWithoutAnAuthorization() throws Exception {
        String link = link(json(call(body("qwen-image-3.0", "", "a boat", ""))));

        var refused = get(link, "Authorization", "Bearer sandbox-key");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(text(refused)).contains("SignatureDoesNotMatch");
        pass(DashScopeTasks.LINK_LIFE.minusMillis(1));
        assertThat(get(link).statusCode()).isEqualTo(200);
        pass(Duration.ofMillis(1));
        var expired = get(link);
        assertThat(expired.statusCode()).isEqualTo(403);
        assertThat(expired.headers().firstValue("content-type")).contains("application/xml");
        assertThat(text(expired)).contains("<Code>AccessDenied</Code>");
        assertThat(get(link.replace("Expires=", "Expires=9")).statusCode()).isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_PARAMETER, 400, InvalidParameter",
        "DATA_INSPECTION_FAILED, 400, DataInspectionFailed",
        "ARREARAGE, 400, Arrearage",
        "ARREARAGE http=200, 200, Arrearage",
        "INVALID_API_KEY, 401, InvalidApiKey",
        "UNPURCHASED, 403, AccessDenied.Unpurchased",
        "MODEL_NOT_FOUND, 404, ModelNotFound",
        "RATE_QUOTA, 429, Throttling.RateQuota",
        "INTERNAL_ERROR, 500, InternalError",
        "SERVICE_UNAVAILABLE, 503, ServiceUnavailable"
    })
    void refusesFlatlyAndWithoutABill(String directive, int status, String code) throws Exception {
        var answer = call(body("qwen-image-3.0", "", "x [[sim:" + directive + "]]", ""));

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(json(answer).path("code").asText()).isEqualTo(code);
        assertThat(json(answer).has("message")).isTrue();
        assertThat(json(answer).has("request_id")).isTrue();
        assertThat(json(answer).has("output")).isFalse();
        assertThat(answer.headers().firstValue("retry-after")).isEmpty();
        assertThat(control.ledger().calls()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        qwen-image-3.0 |                                | "size":"1024x1024"   | size must look like
        qwen-image-3.0 |                                | "size":"4096*4096"   | total pixels
        qwen-image-3.0 |                                | "size":"256*256"     | total pixels
        qwen-image-3.0 |                                | "size":"2816*320"    | ratio
        qwen-image-3.0 |                                | "n":7                | n must be
        qwen-image-3.0 |                                | "seed":-1            | seed
        qwen-image-3.0 | {"image":"AAAA"},              | "n":1                | data:image
        qwen-image-3.0 | {"text":"two"},                | "n":1                | one text
        qwen-image-4.0 |                                | "n":1                | ModelNotFound
        wan2.6-t2i     | {"image":"http://127.0.0.1/"}, | "n":1                | takes 0 images
        """)
    void refusesWhatAModelCannotDo(String model, String parts, String parameters, String reason) throws Exception {
        var answer = call(body(model, parts == null ? "" : parts, "a boat", parameters));

        assertThat(answer.statusCode()).isBetween(400, 404);
        assertThat(text(answer)).contains(reason);
        assertThat(control.ledger().calls()).isZero();
    }

    @Test
    void aCallThatFailsAfterTheWorkCostsNothing() throws Exception {
        var answer = call(body("qwen-image-3.0", "", "x [[sim:OUTPUT_INSPECTION_FAILED at=end]]", ""));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(text(answer)).contains("DataInspectionFailed").contains("Output data");
        assertThat(control.ledger().calls()).isEqualTo(1);
        assertThat(control.ledger().usdMicros()).isZero();
    }

    @Test
    void answersWithATextInPlaceOfAPicture() throws Exception {
        JsonNode content = json(call(body("qwen-image-3.0", "", "x [[sim:TEXT_ONLY]]", "")))
                .at("/output/choices/0/message/content");

        assertThat(content).hasSize(1);
        assertThat(content.path(0).has("text")).isTrue();
        assertThat(content.path(0).has("image")).isFalse();
    }

    @Test
    void aTaskGoesFromPendingToPicturesAndIsBilledOnce() throws Exception {
        control.latency(10, 10);
        String task = submit("a boat [[sim:SUSPENDED]]");

        assertThat(Stream.of(1, 2, 5)
                        .map(seconds -> {
                            pass(Duration.ofSeconds(seconds));
                            return status(task);
                        })
                        .toList())
                .containsExactly("PENDING", "SUSPENDED", "RUNNING");
        assertThat(control.running().count()).isEqualTo(1);
        pass(Duration.ofSeconds(2));
        JsonNode done = poll(task);
        assertThat(done.at("/output/task_status").asText()).isEqualTo("SUCCEEDED");
        assertThat(get(link(done)).statusCode()).isEqualTo(200);
        assertThat(control.running().count()).isZero();
        assertThat(control.ledger().calls()).isEqualTo(1);
        pass(DashScopeTasks.TASK_LIFE);
        assertThat(status(task)).isEqualTo("UNKNOWN");
    }

    @Test
    void anOlderModelTakesAPromptAndAnswersWithResults() throws Exception {
        String[] async = {"X-DashScope-Async", "enable"};
        String old = """
            {"model":"wan2.5-t2i-preview","input":{"prompt":"a boat"},"parameters":{"n":2,"size":"1280*960"}}\
            """;

        String task = json(post("text2image/image-synthesis", old, async))
                .at("/output/task_id")
                .asText();

        JsonNode done = poll(task);
        assertThat(done.at("/output/results")).hasSize(2);
        assertThat(done.path("output").has("choices")).isFalse();
        assertThat(done.at("/usage/image_count").asInt()).isEqualTo(2);
        assertThat(done.at("/output/end_time").asText()).isEqualTo(now.get().toString());
        assertThat(get(done.at("/output/results/1/url").asText()).statusCode()).isEqualTo(200);
        String messages = body("wan2.5-t2i-preview", "", "a boat", "");
        assertThat(text(post("text2image/image-synthesis", messages, async))).contains("one text");
        assertThat(text(call(messages))).contains("url error");
        assertThat(text(post("text2image/image-synthesis", old.replace("2.5-t2i-preview", "2.6-t2i"), async)))
                .contains("url error");
    }

    @Test
    void aRefusalNamesSecondsOnRequest() throws Exception {
        var refused = call(body("qwen-image-3.0", "", "x [[sim:RATE_QUOTA retryAfter=7]]", ""));

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("retry-after")).contains("7");
    }

    @Test
    void aFailedTaskAndAnUnknownOneAreAnswersWithStatus200() throws Exception {
        String task = submit("x [[sim:DATA_INSPECTION_FAILED at=end]]");

        JsonNode failed = poll(task);
        assertThat(failed.at("/output/task_status").asText()).isEqualTo("FAILED");
        assertThat(failed.at("/output/code").asText()).isEqualTo("DataInspectionFailed");
        assertThat(failed.has("code")).isFalse();
        assertThat(status("c0ffee")).isEqualTo("UNKNOWN");
    }

    @Test
    void onlyAPendingTaskIsCanceled() throws Exception {
        control.latency(10, 10);
        String pending = submit("a boat");
        String running = submit("another boat [[sim:STUCK]]");

        assertThat(cancel(pending).statusCode()).isEqualTo(200);
        assertThat(status(pending)).isEqualTo("CANCELED");
        assertThat(control.running().count()).isEqualTo(1);
        var refused = cancel(running);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(json(refused).path("code").asText()).isEqualTo("UnsupportedOperation");
        assertThat(status(running)).isEqualTo("RUNNING");
    }

    @Test
    void refusesAsManyTasksAsRunAtATimeUntilOneEnds() throws Exception {
        control.latency(10, 10);
        for (int task = 0; task < DashScopeSimulator.ACTIVE_MAX; task++) {
            submit("a boat");
        }
        var refused = submission("a boat");

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(json(refused).path("code").asText()).isEqualTo("Throttling");
        pass(Duration.ofSeconds(10));
        submit("a boat");
    }

    @Test
    void aModelIsCalledByItsOwnWayAndATaskKnownToItsOwnKeyOnly() throws Exception {
        String qwen = body("qwen-image-3.0", "", "a boat", "");
        assertThat(text(post("image-generation/generation", qwen, "X-DashScope-Async", "enable")))
                .contains("url error");
        assertThat(text(post("image-generation/generation", qwen))).contains("does not support synchronous calls");
        assertThat(text(post("multimodal-generation/generation", qwen, "X-DashScope-Async", "enable")))
                .contains("does not support asynchronous calls");
        String task = submit("a boat");
        assertThat(json(get(url("/tasks/" + task), "Authorization", "Bearer sandbox-key-2"))
                        .at("/output/task_status")
                        .asText())
                .isEqualTo("UNKNOWN");
        var foreign = get(url("/tasks/" + task), "Authorization", "Bearer of-another-region");
        assertThat(foreign.statusCode()).isEqualTo(401);
        assertThat(json(foreign).path("code").asText()).isEqualTo("InvalidApiKey");
    }

    private void pass(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    private static String body(String model, String parts, String prompt, String parameters) {
        return """
            {"model":"%s","input":{"messages":[{"role":"user","content":[%s{"text":"%s"}]}]},"parameters":{%s}}\
            """.formatted(model, parts, prompt, parameters);
    }

    private String url(String path) {
        return server.address("dashscope") + "/api/v1" + path;
    }

    private HttpResponse<byte[]> call(String body) throws IOException, InterruptedException {
        return post("multimodal-generation/generation", body);
    }

    private HttpResponse<byte[]> submission(String prompt) throws IOException, InterruptedException {
        return post("image-generation/generation", body("wan2.6-t2i", "", prompt, ""), "X-DashScope-Async", "enable");
    }

    private String submit(String prompt) throws IOException, InterruptedException {
        JsonNode json = json(submission(prompt));
        assertThat(json.at("/output/task_status").asText()).isEqualTo("PENDING");
        return json.at("/output/task_id").asText();
    }

    private HttpResponse<byte[]> cancel(String task) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url("/tasks/" + task + "/cancel")))
                .header("Authorization", "Bearer sandbox-key")
                .POST(BodyPublishers.noBody()));
    }

    private HttpResponse<byte[]> post(String service, String body, String... headers)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url("/services/aigc/" + service)))
                .header("Authorization", "Bearer sandbox-key")
                .POST(BodyPublishers.ofString(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    private JsonNode poll(String task) {
        try {
            return json(get(url("/tasks/" + task), "Authorization", "Bearer sandbox-key"));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String status(String task) {
        return poll(task).at("/output/task_status").asText();
    }

    private static String link(JsonNode answer) {
        return answer.at("/output/choices/0/message/content/0/image").asText();
    }

    private static HttpResponse<byte[]> get(String url, String... headers) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    private static HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofByteArray());
    }

    private static JsonNode json(HttpResponse<byte[]> answer) throws IOException {
        return MAPPER.readTree(answer.body());
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}
