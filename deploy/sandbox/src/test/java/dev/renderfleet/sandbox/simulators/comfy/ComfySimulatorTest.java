package dev.renderfleet.sandbox.simulators.comfy;

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
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ComfyUI simulator over the wire, in this JVM, by a clock that the test moves: each run takes 10 seconds. */
class ComfySimulatorTest {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String FIRST = "11111111-2222-4333-8444-555555555555";
    private static final String SECOND = "22222222-2222-4333-8444-555555555555";

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-30T12:00:00Z"));
    private ControlServer server;
    private SimulatorControl control;

    @BeforeEach
    void start() {
        var comfy = new ComfySimulator(SimulatorState.fresh(1, 1, now::get), new PictureRenderer(), now::get);
        server = ControlServer.start(0, List.of(comfy), SandboxParts.NONE);
        control = new SimulatorControl(server.control() + "/comfy");
        control.latency(10, 10);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void oneGpuRunsTheQueueInOrderAndKeepsAHistory() throws Exception {
        assertThat(json(submit(FIRST, "a boat")).path("prompt_id").asText()).isEqualTo(FIRST);
        submit(SECOND, "a house");

        assertThat(ids("queue_running")).containsExactly(FIRST);
        assertThat(ids("queue_pending")).containsExactly(SECOND);
        assertThat(get("/prompt").at("/exec_info/queue_remaining").asInt()).isEqualTo(2);
        assertThat(get("/history/" + FIRST)).isEmpty();
        pass(10);
        assertThat(ids("queue_running")).containsExactly(SECOND);
        JsonNode entry = get("/api/history/" + FIRST).path(FIRST);
        assertThat(entry.at("/status/status_str").asText()).isEqualTo("success");
        JsonNode image = entry.at("/outputs/7/images/0");
        assertThat(image.path("subfolder").asText()).isEqualTo("renderfleet");
        assertThat(ImageIO.read(new ByteArrayInputStream(view(image).body())).getWidth())
                .isEqualTo(1376);
        pass(10);
        assertThat(get("/prompt").at("/exec_info/queue_remaining").asInt()).isZero();
        assertThat(control.ledger(9).calls()).isEqualTo(2);
    }

    /** The id is only a name. */
    @Test
    void theSameIdTwiceRunsTwice() throws Exception {
        submit(FIRST, "a boat");
        submit(FIRST, "a boat");
        assertThat(control.ledger(9).calls()).isEqualTo(1);
        pass(10);

        assertThat(control.ledger(9).calls()).isEqualTo(2);
    }

    @Test
    void aRestartLosesQueueAndHistoryAndKeepsFiles() throws Exception {
        submit(FIRST, "a boat");
        pass(10);
        JsonNode image = get("/history/" + FIRST).path(FIRST).at("/outputs/7/images/0");
        submit(SECOND, "a house [[sim:RESTART]]");
        submit("33333333-2222-4333-8444-555555555555", "a tree");
        assertThat(ids("queue_running")).containsExactly(SECOND);

        pass(5);

        assertThat(ids("queue_running")).isEmpty();
        assertThat(ids("queue_pending")).isEmpty();
        assertThat(get("/history/" + FIRST)).isEmpty();
        assertThat(view(image).statusCode()).isEqualTo(200);
        assertThat(control.running().count()).isZero();
    }

    @Test
    void aRunIsCanceledWhereverItIs() throws Exception {
        submit(FIRST, "a boat [[sim:STUCK]]");
        submit(SECOND, "a house");
        pass(1_000);

        assertThat(cancel(SECOND)).isTrue();
        assertThat(ids("queue_pending")).isEmpty();
        assertThat(get("/history/" + SECOND)).isEmpty();
        assertThat(cancel(FIRST)).isTrue();
        assertThat(get("/history/" + FIRST)
                        .path(FIRST)
                        .at("/status/messages/1/0")
                        .asText())
                .isEqualTo("execution_interrupted");
        assertThat(cancel(FIRST)).isFalse();
        assertThat(control.ledger(9).calls()).isEqualTo(1);
    }

    @Test
    void anInterruptWithTheIdOfAnotherRunStopsNothing() throws Exception {
        submit(FIRST, "a boat");

        assertThat(post("/interrupt", "{\"prompt_id\":\"" + SECOND + "\"}").statusCode())
                .isEqualTo(200);
        assertThat(ids("queue_running")).containsExactly(FIRST);
    }

    @Test
    void aFileIsStoredOnceAndAnotherOfItsNameBesideIt() throws Exception {
        assertThat(upload("one")).isEqualTo("photo.png");
        assertThat(upload("one")).isEqualTo("photo.png");
        assertThat(upload("two")).isEqualTo("photo (1).png");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"prompt_id\":\"" + FIRST + "\"|\"prompt_id\":\"1111\"|invalid_prompt_id",
                "SaveImage|SaveVideo|missing_node_type",
                "SaveImage|VAEDecode|prompt_no_outputs",
                "\"width\":1376|\"width\":\"wide\"|prompt_outputs_failed_validation",
                "x.safetensors|x.ckpt|prompt_outputs_failed_validation",
                "\"width\":1376|\"image\":\"gone.png\"|prompt_outputs_failed_validation",
                "\"prompt\":{|\"graph\":{|no_prompt"
            })
    void refusesWhatComfyUiRefuses(String part, String other, String type) throws Exception {
        HttpResponse<byte[]> answer = post("/prompt", body(FIRST, "a boat").replace(part, other));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).at("/error/type").asText()).isEqualTo(type);
        assertThat(control.ledger(9).calls()).isZero();
    }

    private void pass(int seconds) {
        now.updateAndGet(time -> time.plusSeconds(seconds));
    }

    private static String body(String id, String prompt) {
        return """
            {"prompt_id":"%s","prompt":{
              "1":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"x.safetensors"}},
              "2":{"class_type":"CLIPTextEncode","inputs":{"text":"%s"}},
              "4":{"class_type":"EmptyLatentImage","inputs":{"width":1376,"height":768,"batch_size":1}},
              "7":{"class_type":"SaveImage","inputs":{"images":["4",0],"filename_prefix":"renderfleet/%1$s"}}}}\
            """.formatted(id, prompt);
    }

    private HttpResponse<byte[]> submit(String id, String prompt) throws Exception {
        HttpResponse<byte[]> answer = post("/prompt", body(id, prompt));
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer;
    }

    private boolean cancel(String id) throws Exception {
        return json(post("/api/jobs/" + id + "/cancel", "")).path("cancelled").asBoolean();
    }

    private List<String> ids(String list) throws Exception {
        return get("/queue")
                .path(list)
                .valueStream()
                .map(item -> item.path(1).asText())
                .toList();
    }

    private String upload(String content) throws Exception {
        String form = "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"photo.png\"\r\n\r\n" + content
                + "\r\n--b--\r\n";
        var request = HttpRequest.newBuilder(uri("/upload/image"))
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(BodyPublishers.ofString(form));
        return json(CLIENT.send(request.build(), BodyHandlers.ofByteArray()))
                .path("name")
                .asText();
    }

    private HttpResponse<byte[]> view(JsonNode image) throws Exception {
        String query = "?filename=%s&subfolder=%s&type=output"
                .formatted(
                        URLEncoder.encode(image.path("filename").asText(), StandardCharsets.UTF_8),
                        image.path("subfolder").asText());
        return CLIENT.send(HttpRequest.newBuilder(uri("/view" + query)).build(), BodyHandlers.ofByteArray());
    }

    private JsonNode get(String path) throws Exception {
        return json(CLIENT.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofByteArray()));
    }

    private HttpResponse<byte[]> post(String path, String body) throws Exception {
        var request = HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(body));
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    private URI uri(String path) {
        return URI.create(server.address("comfy") + path);
    }

    private static JsonNode json(HttpResponse<byte[]> answer) throws IOException {
        return MAPPER.readTree(answer.body());
    }
}
