package dev.renderfleet.sandbox.simulators.bfl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.sandbox.SimulatorControl;
import dev.renderfleet.sandbox.control.ControlServer;
import dev.renderfleet.sandbox.control.SandboxParts;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.Rule;
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

/** The BFL simulator over the wire, in this JVM, by a clock that the test moves: each task takes 10 seconds. */
class BflSimulatorTest {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-30T12:00:00Z"));
    private ControlServer server;
    private SimulatorControl control;

    @BeforeEach
    void start() {
        var bfl = new BflSimulator(SimulatorState.fresh(1, 1, now::get), new PictureRenderer(), 1, now::get);
        server = ControlServer.start(0, List.of(bfl), SandboxParts.NONE);
        control = new SimulatorControl(server.control() + "/bfl");
        control.latency(10, 10);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void walksFromPendingToAPictureAndBillsOnce() throws Exception {
        JsonNode task =
                json(submit("flux-3-image", "{\"prompt\":\"a boat\",\"aspect_ratio\":\"16:9\",\"grounding\":false}"));

        assertThat(URI.create(task.path("polling_url").asText()).getPath()).isEqualTo("/bfl/eu/v1/get_result");
        assertThat(task.path("cost").asDouble()).isEqualTo(4.8);
        assertThat(Stream.of(1, 2, 2, 4).map(seconds -> {
                    now.updateAndGet(time -> time.plusSeconds(seconds));
                    return poll(task).path("status").asText();
                }))
                .containsExactly("Pending", "Reasoning", "Generating", "Generating");
        assertThat(control.running().count()).isEqualTo(1);
        now.updateAndGet(time -> time.plusSeconds(1));
        JsonNode ready = poll(task);
        assertThat(ready.path("status").asText()).isEqualTo("Ready");
        var picture = get(sample(ready));
        assertThat(picture.headers().firstValue("content-type")).contains("image/jpeg");
        var image = ImageIO.read(new ByteArrayInputStream(picture.body()));
        assertThat(image.getWidth()).isEqualTo(1360);
        assertThat(image.getHeight()).isEqualTo(768);
        assertThat(control.running().count()).isZero();
        assertThat(control.ledger().calls()).isEqualTo(1);
        assertThat(control.ledger().usdMicros()).isEqualTo(48_000);
        assertThat(json(get(server.address("bfl") + "/v1/credits", "x-key", "sandbox-key"))
                        .path("credits")
                        .asDouble())
                .isEqualTo(999_995.2);
    }

    @Test
    void aResultLivesTenMinutesIsRenewedByAPollAndRefusesTheKey() throws Exception {
        JsonNode task = json(submit("flux-2-pro", "{\"prompt\":\"a boat\"}"));
        now.updateAndGet(time -> time.plusSeconds(10));
        String first = sample(poll(task));

        assertThat(get(first, "x-key", "sandbox-key").statusCode()).isEqualTo(403);
        now.updateAndGet(time -> time.plus(BflTasks.LINK_LIFE).minusMillis(1));
        assertThat(get(first).statusCode()).isEqualTo(200);
        now.updateAndGet(time -> time.plusMillis(1));
        assertThat(get(first).statusCode()).isEqualTo(403);
        assertThat(get(sample(poll(task))).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "REQUEST_MODERATED, Request Moderated",
        "CONTENT_MODERATED, Content Moderated",
        "ERROR, Error",
        "FAILED, Failed",
        "TASK_NOT_FOUND, Task not found"
    })
    void endsWithoutAPictureAndBillsTheTask(String directive, String status) throws Exception {
        JsonNode task = json(submit("flux-2-pro", "{\"prompt\":\"x [[sim:" + directive + "]]\"}"));
        now.updateAndGet(time -> time.plusSeconds(10));

        JsonNode end = poll(task);
        assertThat(end.path("status").asText()).isEqualTo(status);
        assertThat(end.path("result").isNull()).isTrue();
        assertThat(control.ledger().calls()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "402, insufficient_credits",
        "403, does not have access",
        "429, retry_after",
        "503, Unavailable",
        "400, invalid_image"
    })
    void refusesWithoutABill(String status, String text) throws Exception {
        var answer = submit("flux-2-pro", "{\"prompt\":\"x [[sim:" + status + "]]\"}");

        assertThat(answer.statusCode()).isEqualTo(Integer.parseInt(status));
        assertThat(text(answer)).contains(text);
        assertThat(control.ledger().calls()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            flux-3-image      | "size":"1k"             | extra_forbidden
            flux-3-image      | "mask":"AAAA"           | extra_forbidden
            flux-3-image      | "resolution":"8k"       | enum
            flux-3-image      | "aspect_ratio":"1:8"    | enum
            flux-3-image      | "safety_tolerance":5    | less_than_equal
            flux-3-image      | "images":[]             | too_long
            flux-2-pro        | "width":1000            | multiple_of
            flux-2-pro        | "width":4096,"height":4096 | megapixels
            flux-2-pro        | "aspect_ratio":"1:1"    | extra_forbidden
            flux-2-klein-4b   | "input_image_5":"AAAA"  | extra_forbidden
            flux-2-pro        | "input_image":"data:x"  | base64
            flux-pro-1.0-fill | "image":"AAAA"          | mask
            """)
    void refusesWhatAModelCannotDo(String model, String field, String reason) throws Exception {
        var answer = submit(model, "{\"prompt\":\"x\"," + field + "}");

        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(text(answer)).contains(reason);
        assertThat(control.ledger().calls()).isZero();
    }

    @Test
    void refusesTheTwentyFifthActiveTaskUntilOneEnds() throws Exception {
        for (int task = 0; task < BflSimulator.ACTIVE_MAX; task++) {
            assertThat(submit("flux-2-pro", "{\"prompt\":\"x\"}").statusCode()).isEqualTo(200);
        }
        var refused = submit("flux-3-image", "{\"prompt\":\"x\"}");

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("retry-after")).contains("5");
        assertThat(json(refused).path("retry_after").asInt()).isEqualTo(5);
        assertThat(control.ledger().calls()).isEqualTo(BflSimulator.ACTIVE_MAX);
        now.updateAndGet(time -> time.plusSeconds(10));
        assertThat(submit("flux-3-image", "{\"prompt\":\"x\"}").statusCode()).isEqualTo(200);
    }

    @Test
    void failsPollsWithAndWithoutAStatus() throws Exception {
        control.addRule(Rule.always("POLL_FAILS").times(1).option("count", "1"));
        control.addRule(Rule.always("FINAL_503"));
        JsonNode task = json(submit("flux-2-pro", "{\"prompt\":\"a boat\"}"));
        now.updateAndGet(time -> time.plusSeconds(10));

        var first = get(task.path("polling_url").asText(), "x-key", "sandbox-key");
        assertThat(first.statusCode()).isEqualTo(503);
        assertThat(text(first)).doesNotContain("status");
        var second = get(task.path("polling_url").asText(), "x-key", "sandbox-key");
        assertThat(second.statusCode()).isEqualTo(503);
        assertThat(json(second).path("status").asText()).isEqualTo("Ready");
    }

    @Test
    void knowsATaskByItsOwnKeyOnly() throws Exception {
        JsonNode task = json(submit("flux-2-pro", "{\"prompt\":\"a boat\"}"));

        var foreign = get(task.path("polling_url").asText(), "x-key", "sandbox-key-2");
        assertThat(json(foreign).path("status").asText()).isEqualTo("Task not found");
        assertThat(get(task.path("polling_url").asText(), "x-key", "wrong").statusCode())
                .isEqualTo(401);
        assertThat(get(task.path("polling_url").asText()).statusCode()).isEqualTo(403);
    }

    @Test
    void billsATaskWhoseAnswerIsLost() {
        assertThat(catchReset("{\"prompt\":\"x [[sim:RESET]]\"}")).isTrue();
        assertThat(control.ledger().calls()).isEqualTo(1);
    }

    private boolean catchReset(String body) {
        try {
            submit("flux-2-pro", body);
            return false;
        } catch (IOException _) {
            return true;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<byte[]> submit(String model, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(server.address("bfl") + "/v1/" + model))
                .header("x-key", "sandbox-key")
                .timeout(Duration.ofSeconds(20))
                .POST(BodyPublishers.ofString(body))
                .build();
        return CLIENT.send(request, BodyHandlers.ofByteArray());
    }

    private static JsonNode poll(JsonNode task) {
        try {
            return json(get(task.path("polling_url").asText(), "x-key", "sandbox-key"));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String sample(JsonNode result) {
        return result.at("/result/sample").asText();
    }

    private static HttpResponse<byte[]> get(String url, String... headers) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static JsonNode json(HttpResponse<byte[]> answer) throws IOException {
        return MAPPER.readTree(answer.body());
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}
