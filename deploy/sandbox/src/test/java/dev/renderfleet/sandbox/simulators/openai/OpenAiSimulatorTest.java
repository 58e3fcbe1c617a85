package dev.renderfleet.sandbox.simulators.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.sandbox.SimulatorControl;
import dev.renderfleet.sandbox.control.ControlServer;
import dev.renderfleet.sandbox.control.SandboxParts;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.Rule;
import dev.renderfleet.sandbox.simulators.SimulatedQuota;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The OpenAI simulator over the wire, in this JVM. */
class OpenAiSimulatorTest {
    private static final Instant BEFORE_SHUTDOWN = Instant.parse("2026-11-30T23:59:59Z");
    private static final Instant SHUTDOWN = Instant.parse("2026-12-01T00:00:00Z");
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final byte[] PHOTO = png(32, 16, BufferedImage.TYPE_INT_RGB);

    private static volatile Instant now = BEFORE_SHUTDOWN;
    private static SimulatorState state;
    private static ControlServer server;
    private static SimulatorControl control;

    @BeforeAll
    static void start() {
        state = SimulatorState.fresh(1, 1_000, () -> now);
        var openai = new OpenAiSimulator(state, new PictureRenderer(), 1, () -> now);
        server = ControlServer.start(0, List.of(openai), SandboxParts.NONE);
        control = new SimulatorControl(server.control() + "/openai");
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void reset() {
        state.reset();
        now = BEFORE_SHUTDOWN;
    }

    @Test
    void drawsSeveralAndBillsWhatTheUsageSays() throws Exception {
        var answer = generate("\"n\":2,\"size\":\"1536x1024\",\"quality\":\"low\"");

        JsonNode json = json(answer);
        assertThat(json.path("data")).hasSize(2);
        BufferedImage image = picture(json);
        assertThat(image.getWidth() + "x" + image.getHeight()).isEqualTo("1536x1024");
        assertThat(json.at("/usage/output_tokens").asInt()).isEqualTo(2 * 158);
        long cost = json.at("/usage/input_tokens_details/text_tokens").asInt() * 5L + 2 * 158 * 30L;
        assertThat(control.ledger().usdMicros()).isEqualTo(cost);
        assertThat(control.ledger().images()).isEqualTo(2);
        assertThat(answer.headers().firstValue("x-request-id").orElse("")).startsWith("req_");
        assertThat(answer.headers().map())
                .containsKeys("openai-processing-ms", "x-ratelimit-remaining-requests", "x-ratelimit-reset-tokens");
    }

    @ParameterizedTest
    @CsvSource({"1024x1024, 196, 1756, 7024", "2048x2048, 397, 3568, 14272", "3840x2160, 371, 3336, 13342"})
    void countsTokensAsThePublishedCalculator(String size, int low, int medium, int high) {
        String[] edges = size.split("x", -1);
        OpenAiModel model = OpenAiModel.known("gpt-image-2").orElseThrow();
        int width = Integer.parseInt(edges[0]);
        int height = Integer.parseInt(edges[1]);

        assertThat(model.tokens("low", width, height)).isEqualTo(low);
        assertThat(model.tokens("medium", width, height)).isEqualTo(medium);
        assertThat(model.tokens("high", width, height)).isEqualTo(high);
    }

    @Test
    void drawsOnTransparentGroundAndInOtherFormats() throws Exception {
        BufferedImage cutout = picture(json(generate("\"background\":\"transparent\"")));
        assertThat(cutout.getRGB(0, 0) >>> 24).isZero();
        assertThat(cutout.getRGB(512, 700) >>> 24).isEqualTo(255);
        String jpeg = json(generate("\"output_format\":\"jpeg\""))
                .findValue("b64_json")
                .asText();
        assertThat(jpeg).startsWith("/9j/");
        String webp = json(generate("\"output_format\":\"webp\""))
                .findValue("b64_json")
                .asText();
        assertThat(new String(Base64.getDecoder().decode(webp), StandardCharsets.ISO_8859_1))
                .startsWith("RIFF");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "response_format":"b64_json"                         | unknown_parameter       | response_format
            "style":"vivid"                                      | unknown_parameter       | style
            "input_fidelity":"high"                              | unknown_parameter       | input_fidelity
            "n":11                                               | integer_above_max_value | n
            "n":0                                                | integer_below_min_value | n
            "size":"1000x1000"                                   | invalid_value           | size
            "size":"512x512"                                     | invalid_value           | size
            "size":"3840x1024"                                   | invalid_value           | size
            "size":"4096x2048"                                   | invalid_value           | size
            "size":"3840x3840"                                   | invalid_value           | size
            "quality":"best"                                     | invalid_value           | quality
            "background":"transparent","output_format":"jpeg"    | invalid_value           | background
            "output_format":"bmp"                                | invalid_value           | output_format
            """)
    void refusesAsTheRealOneDoes(String field, String code, String param) throws Exception {
        var answer = generate(field);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).at("/error/code").asText()).isEqualTo(code);
        assertThat(json(answer).at("/error/param").asText()).isEqualTo(param);
        assertThat(control.ledger().calls()).isZero();
    }

    @Test
    void refusesWrongKeysAndKeepsThemOutOfTheMessage() throws Exception {
        var request = HttpRequest.newBuilder(URI.create(server.address("openai") + "/v1/models"))
                .header("Authorization", "Bearer sk-wrong-key-of-another-account");
        var answer = CLIENT.send(request.build(), BodyHandlers.ofByteArray());

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(json(answer).at("/error/code").asText()).isEqualTo("invalid_api_key");
        assertThat(json(answer).at("/error/message").asText()).contains("sk-w********ount");
    }

    @Test
    void shutsModelsDownByTheClock() throws Exception {
        JsonNode before = json(get("/v1/models/gpt-image-1.5"));
        assertThat(before.path("shutdown_date").asText()).isEqualTo("2026-12-01");
        assertThat(generate("gpt-image-1.5", "a boat", "").statusCode()).isEqualTo(200);
        assertThat(json(get("/v1/models")).toString())
                .contains("gpt-image-1-mini")
                .doesNotContain("dall-e-3");

        now = SHUTDOWN;

        assertThat(get("/v1/models/gpt-image-1.5").statusCode()).isEqualTo(404);
        assertThat(json(get("/v1/models")).toString()).doesNotContain("gpt-image-1");
        assertThat(json(get("/v1/models/gpt-image-2")).path("shutdown_date").isNull())
                .isTrue();
        for (String gone : List.of("gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest", "gpt-image-9")) {
            var answer = generate(gone, "a boat", "");
            assertThat(answer.statusCode()).as(gone).isEqualTo(404);
            assertThat(json(answer).at("/error/code").asText()).isEqualTo("model_not_found");
        }
    }

    @Test
    void editsUploads() throws Exception {
        var form = new Form()
                .field("model", "gpt-image-2")
                .field("prompt", "a hat")
                .field("n", "1");
        form.file("image[]", "a.png", "image/png", PHOTO).file("image[]", "b.png", "image/png", PHOTO);
        form.file("mask", "mask.png", "image/png", png(32, 16, BufferedImage.TYPE_INT_ARGB));

        JsonNode json = json(edit(form));

        assertThat(json.path("data")).hasSize(1);
        assertThat(json.at("/usage/input_tokens_details/image_tokens").asInt()).isEqualTo(3 * 1_056);
    }

    @ParameterizedTest
    @CsvSource({
        "octet-stream, unsupported_file_mimetype",
        "no file name, invalid_type",
        "image twice, duplicate_parameter",
        "other mask size, invalid_mask_size",
        "mask without alpha, invalid_mask_image_format",
        "17 images, array_above_max_length",
        "no image, missing_required_parameter",
        "text as picture, invalid_image_file",
        "moderation, unknown_parameter"
    })
    void refusesUploads(String fault, String code) throws Exception {
        var form = new Form().field("model", "gpt-image-2").field("prompt", "a hat");
        switch (fault) {
            case "octet-stream" -> form.file("image", "a.png", "application/octet-stream", PHOTO);
            case "no file name" -> form.field("image", "PNG");
            case "image twice" ->
                form.file("image", "a.png", "image/png", PHOTO).file("image", "b.png", "image/png", PHOTO);
            case "other mask size" ->
                form.file("image", "a.png", "image/png", PHOTO)
                        .file("mask", "m.png", "image/png", png(16, 16, BufferedImage.TYPE_INT_ARGB));
            case "mask without alpha" ->
                form.file("image", "a.png", "image/png", PHOTO).file("mask", "m.png", "image/png", PHOTO);
            case "17 images" -> {
                for (int number = 0; number < 17; number++) {
                    form.file("image[]", "a.png", "image/png", PHOTO);
                }
            }
            case "text as picture" ->
                form.file("image", "a.png", "image/png", "no picture".getBytes(StandardCharsets.UTF_8));
            case "moderation" -> form.field("moderation", "low").file("image", "a.png", "image/png", PHOTO);
            default -> assertThat(fault).isEqualTo("no image");
        }

        var answer = edit(form);

        assertThat(json(answer).at("/error/code").asText()).isEqualTo(code);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(control.ledger().calls()).isZero();
    }

    @Test
    void editsByAddress() throws Exception {
        String inline = "data:image/png;base64," + Base64.getEncoder().encodeToString(PHOTO);
        String body = "{\"model\":\"gpt-image-2\",\"prompt\":\"a hat\",\"images\":[%s]}";
        assertThat(edit(body.formatted("{\"image_url\":\"%s\"}".formatted(inline)))
                        .statusCode())
                .isEqualTo(200);

        String gone = server.control() + "/nowhere.png?X-Amz-Signature=0123";
        JsonNode error = json(edit(body.formatted("{\"image_url\":\"%s\"}".formatted(gone))));
        assertThat(error.at("/error/code").asText()).isEqualTo("invalid_image_url");
        assertThat(error.at("/error/message").asText()).contains("X-Amz-Signature=0123");
        JsonNode both = json(edit(body.formatted("{\"image_url\":\"%s\",\"file_id\":\"f\"}".formatted(inline))));
        assertThat(both.at("/error/code").asText()).isEqualTo("invalid_value");
        JsonNode more = json(edit(body.formatted("{\"image_url\":\"%s\",\"detail\":\"high\"}".formatted(inline))));
        assertThat(more.at("/error/code").asText()).isEqualTo("unknown_parameter");
        assertThat(control.ledger().calls()).isEqualTo(1);
    }

    @Test
    void limitsRatesInBothKinds() throws Exception {
        control.quota(new SimulatedQuota(null, null, 2, null, null, null));
        assertThat(generate("\"n\":2").statusCode()).isEqualTo(200);

        var limited = generate("\"n\":1");

        assertThat(limited.statusCode()).isEqualTo(429);
        assertThat(json(limited).at("/error/code").asText()).isEqualTo("rate_limit_exceeded");
        assertThat(limited.headers().firstValue("retry-after-ms")).contains("30000");
        assertThat(limited.headers().firstValue("retry-after")).contains("30");
        assertThat(limited.headers().firstValue("x-ratelimit-remaining-requests"))
                .contains("0");
        control.quota(new SimulatedQuota(null, null, null, null, null, null));
        var broke = generate("gpt-image-2", "a [[sim:429_QUOTA]]", "");
        assertThat(broke.statusCode()).isEqualTo(429);
        assertThat(json(broke).at("/error/code").asText()).isEqualTo("insufficient_quota");
        assertThat(broke.headers().firstValue("retry-after")).isEmpty();
    }

    @Test
    void moderatesBeforeAndAfterDrawing() throws Exception {
        var before = generate("gpt-image-2", "a [[sim:MODERATION]]", "");
        assertThat(before.statusCode()).isEqualTo(400);
        assertThat(json(before).at("/error/type").asText()).isEqualTo("image_generation_user_error");
        assertThat(control.ledger().calls()).isZero();

        var after = generate("gpt-image-2", "a [[sim:MODERATION_AFTER]]", "");
        assertThat(json(after).at("/error/code").asText()).isEqualTo("moderation_blocked");
        assertThat(control.ledger().calls()).isEqualTo(1);
        assertThat(control.ledger().usdMicros()).isZero();
    }

    @Test
    void answersWithFewerOrNoPictures() throws Exception {
        assertThat(json(generate("gpt-image-2", "a [[sim:NO_IMAGE]]", ""))
                        .path("data")
                        .isEmpty())
                .isTrue();
        assertThat(json(generate("gpt-image-2", "a [[sim:NO_DATA]]", "")).has("data"))
                .isFalse();
        assertThat(json(generate("gpt-image-2", "a [[sim:FEWER_IMAGES count=1]]", "\"n\":3"))
                        .path("data"))
                .hasSize(1);
        assertThat(control.ledger().images()).isEqualTo(1);
        assertThat(control.ledger().calls()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"401", "403", "404", "409", "500", "502", "503", "504"})
    void failsAsToldAndThenSucceeds(String status) throws Exception {
        String prompt = "a boat [[sim:" + status + " shouldRetry=false*1]]";

        var failed = generate("gpt-image-2", prompt, "");
        assertThat(failed.statusCode()).isEqualTo(Integer.parseInt(status));
        assertThat(failed.headers().firstValue("x-should-retry")).contains("false");
        assertThat(generate("gpt-image-2", prompt, "").statusCode()).isEqualTo(200);
        assertThat(control.callsByPrompt()).containsEntry(prompt, 1);
    }

    @Test
    void breaksTheConnectionAndStillBills() {
        for (String fault : List.of("RESET", "RESET_MID_BODY", "CLOSE_MID_BODY")) {
            assertThatThrownBy(() -> generate("gpt-image-2", "a [[sim:" + fault + "]]", ""))
                    .isInstanceOf(IOException.class);
        }
        assertThat(control.ledger().calls()).isEqualTo(3);
        assertThatThrownBy(() -> control.addRule(Rule.always("EXPLODE"))).hasMessageContaining("EXPLODE");
    }

    private static HttpResponse<byte[]> generate(String fields) throws Exception {
        return generate("gpt-image-2", "a boat", fields);
    }

    private static HttpResponse<byte[]> generate(String model, String prompt, String fields) throws Exception {
        String body =
                "{\"model\":\"%s\",\"prompt\":\"%s\"%s}".formatted(model, prompt, fields.isEmpty() ? "" : "," + fields);
        return CLIENT.send(
                request("/v1/images/generations")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> edit(Form form) throws Exception {
        var request = request("/v1/images/edits")
                .header("Content-Type", "multipart/form-data; boundary=" + Form.BOUNDARY)
                .POST(BodyPublishers.ofByteArray(form.bytes()));
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> edit(String json) throws Exception {
        var request = request("/v1/images/edits")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json));
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> get(String path) throws Exception {
        return CLIENT.send(request(path).build(), BodyHandlers.ofByteArray());
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.address("openai") + path))
                .header("Authorization", "Bearer sk-sandbox-key");
    }

    private static BufferedImage picture(JsonNode answer) throws IOException {
        byte[] file = Base64.getDecoder().decode(answer.findValue("b64_json").asText());
        return ImageIO.read(new ByteArrayInputStream(file));
    }

    private static JsonNode json(HttpResponse<byte[]> answer) {
        return SimulatorJson.object(answer.body()).orElseThrow();
    }

    private static byte[] png(int width, int height, int type) {
        var out = new ByteArrayOutputStream();
        try {
            ImageIO.write(new BufferedImage(width, height, type), "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** A multipart body, written by hand so that its faults can be chosen. */
    private static final class Form {
        static final String BOUNDARY = "xxBOUNDARYxx";

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Form field(String name, String value) {
            return part("name=\"%s\"".formatted(name), "", value.getBytes(StandardCharsets.UTF_8));
        }

        Form file(String name, String fileName, String type, byte[] content) {
            return part(
                    "name=\"%s\"; filename=\"%s\"".formatted(name, fileName),
                    "Content-Type: " + type + "\r\n",
                    content);
        }

        private Form part(String disposition, String type, byte[] content) {
            out.writeBytes("--%s\r\nContent-Disposition: form-data; %s\r\n%s\r\n"
                    .formatted(BOUNDARY, disposition, type)
                    .getBytes(StandardCharsets.UTF_8));
            out.writeBytes(content);
            out.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
            return this;
        }

        byte[] bytes() {
            out.writeBytes("--%s--\r\n".formatted(BOUNDARY).getBytes(StandardCharsets.UTF_8));
            return out.toByteArray();
        }
    }
}
