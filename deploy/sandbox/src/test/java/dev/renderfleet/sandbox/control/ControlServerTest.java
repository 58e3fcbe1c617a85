package dev.renderfleet.sandbox.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.sandbox.SandboxControl;
import dev.renderfleet.sandbox.SimulatorControl;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.process.Ports;
import dev.renderfleet.sandbox.simulators.Rule;
import dev.renderfleet.sandbox.simulators.SimulatedQuota;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.gemini.GeminiSimulator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Gemini simulator and the control API over the wire, in this JVM. */
class ControlServerTest {
    private static final String MODEL = "gemini-nano-banana-2.1";
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .build();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static ControlServer server;
    private static SandboxControl sandbox;
    private static SimulatorControl control;

    @BeforeAll
    static void start() {
        InstantSource clock = InstantSource.system();
        var gemini = new GeminiSimulator(SimulatorState.fresh(1, 1_000, clock), new PictureRenderer(), 1, clock);
        server = ControlServer.start(0, List.of(gemini), SandboxParts.NONE);
        sandbox = new SandboxControl(server.control());
        control = new SimulatorControl(server.control() + "/gemini");
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void reset() {
        sandbox.reset();
    }

    @Test
    void answersWithAPictureAndItsUsage() throws Exception {
        JsonNode answer = json(generate("a boat", "\"imageConfig\":{\"aspectRatio\":\"16:9\",\"imageSize\":\"1K\"}"));

        JsonNode candidate = answer.at("/candidates/0");
        assertThat(candidate.path("finishReason").asText()).isEqualTo("STOP");
        JsonNode part = candidate.at("/content/parts/1");
        var image = ImageIO.read(new ByteArrayInputStream(
                Base64.getDecoder().decode(part.at("/inlineData/data").asText())));
        assertThat(image.getWidth()).isEqualTo(1376);
        assertThat(image.getHeight()).isEqualTo(768);
        assertThat(part.at("/inlineData/mimeType").asText()).isEqualTo("image/jpeg");
        assertThat(part.path("thoughtSignature").asText()).isNotEmpty();
        assertThat(answer.at("/usageMetadata/candidatesTokenCount").asInt()).isEqualTo(1120);
        assertThat(answer.path("modelVersion").asText()).isEqualTo(MODEL);
    }

    @Test
    void streamsServerSentEvents() throws Exception {
        var answer = post("/v1beta/models/" + MODEL + ":streamGenerateContent?alt=sse", body("a boat", ""));

        assertThat(answer.headers().firstValue("content-type")).contains("text/event-stream");
        assertThat(text(answer)).startsWith("data: {").endsWith("}\r\n\r\n").contains("inlineData");
    }

    @Test
    void speaksVertexAndListsModels() throws Exception {
        var vertex = post(
                "/v1beta1/projects/p/locations/global/publishers/google/models/" + MODEL + ":generateContent",
                body("a boat", ""));
        assertThat(vertex.statusCode()).isEqualTo(200);

        var list = CLIENT.send(request("/v1beta/models").GET().build(), BodyHandlers.ofByteArray());
        assertThat(text(list)).contains("models/" + MODEL).doesNotContain("gemini-3-pro-image-preview");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "imageConfig":{"imageSize":"512"}      | image_size
            "imageConfig":{"imageSize":"1k"}       | image_size
            "imageConfig":{"aspectRatio":"7:5"}    | aspect_ratio
            "candidateCount":2                     | candidates
            "thinkingConfig":{"thinkingLevel":"?"} | Thinking level
            """)
    void refusesWhatTheModelCannotDo(String config, String reason) throws Exception {
        var answer = generate("a boat", config);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).at("/error/status").asText()).isEqualTo("INVALID_ARGUMENT");
        assertThat(json(answer).at("/error/message").asText()).contains(reason);
        assertThat(control.ledger().calls()).isZero();
    }

    @Test
    void refusesTooManyReferencesRetiredModelsAndWrongKeys() throws Exception {
        String reference = ",{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"AAAA\"}}";
        String many = "{\"contents\":[{\"parts\":[{\"text\":\"x\"}" + reference.repeat(15) + "]}]}";
        assertThat(post("/v1beta/models/" + MODEL + ":generateContent", many).statusCode())
                .isEqualTo(400);
        assertThat(post("/v1beta/models/gemini-3-pro-image-preview:generateContent", body("x", ""))
                        .statusCode())
                .isEqualTo(404);
        assertThat(sendWithKey("wrong").statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "OTHER", "JAILBREAK"})
    void refusesPrompts(String reason) throws Exception {
        JsonNode answer = json(generate("x [[sim:BLOCK_" + reason + "]]", ""));

        assertThat(answer.at("/promptFeedback/blockReason").asText()).isEqualTo(reason);
        assertThat(answer.has("candidates")).isFalse();
        assertThat(answer.at("/usageMetadata/promptTokenCount").asInt()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "IMAGE_SAFETY",
                "IMAGE_PROHIBITED_CONTENT",
                "SAFETY",
                "SPII",
                "IMAGE_RECITATION",
                "RECITATION",
                "NO_IMAGE",
                "IMAGE_OTHER",
                "MAX_TOKENS",
                "LANGUAGE",
                "CONTINUATION"
            })
    void endsWithoutAPicture(String reason) throws Exception {
        JsonNode answer = json(generate("x [[sim:" + reason + "]]", ""));

        assertThat(answer.at("/candidates/0/finishReason").asText()).isEqualTo(reason);
        assertThat(answer.toString()).doesNotContain("inlineData").contains("finishMessage", "usageMetadata");
        assertThat(control.ledger().images()).isZero();
        assertThat(control.ledger().calls()).isEqualTo(1);
    }

    @Test
    void talksOrDrawsSeveralOrThinksFirst() throws Exception {
        assertThat(json(generate("a [[sim:TEXT_ONLY]]", "")).toString()).doesNotContain("inlineData");
        assertThat(json(generate("b [[sim:MANY_IMAGES count=4]]", "")).findValues("inlineData"))
                .hasSize(4);
        JsonNode thought = json(generate("c [[sim:THOUGHTS]]", "")).at("/candidates/0/content/parts");
        assertThat(thought.get(1).path("thought").asBoolean()).isTrue();
        assertThat(thought.get(1).has("inlineData")).isTrue();
        assertThat(thought.get(thought.size() - 1).has("thought")).isFalse();
    }

    @Test
    void saysTooManyRequestsInThreeShapes() throws Exception {
        JsonNode full = json(generate("a [[sim:429 retryDelay=10.673410956s]]", ""));
        assertThat(full.at("/error/details/2/retryDelay").asText()).isEqualTo("10.673410956s");
        assertThat(full.at("/error/message").asText()).contains("Please retry in 10.673410956s");
        assertThat(json(generate("b [[sim:429_SHORT]]", ""))
                        .at("/error/details")
                        .isMissingNode())
                .isTrue();
        assertThat(json(generate("c [[sim:429_VERTEX]]", ""))
                        .at("/0/error/code")
                        .asInt())
                .isEqualTo(429);
        assertThat(json(generate("d [[sim:429_DAY]]", "")).toString()).contains("PerDay");
        assertThat(generate("e [[sim:429 retryAfter=7]]", "").headers().firstValue("retry-after"))
                .contains("7");
        assertThat(control.ledger().calls()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 404, 421, 500, 503, 504})
    void failsAsToldAndThenSucceeds(int status) throws Exception {
        String prompt = "a boat [[sim:" + status + "*1]]";

        assertThat(generate(prompt, "").statusCode()).isEqualTo(status);
        assertThat(generate(prompt, "").statusCode()).isEqualTo(200);
        assertThat(control.callsByPrompt()).containsEntry(prompt, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RESET", "RESET_MID_BODY", "CLOSE_MID_BODY", "CLOSE_NEAR_END"})
    void breaksTheConnectionAndStillBills(String fault) {
        assertThatThrownBy(() -> generate("x [[sim:" + fault + "]]", "")).isInstanceOf(IOException.class);
        assertThat(control.ledger().calls()).isEqualTo(1);
    }

    @Test
    void aGatewayGivesUpAndTheCallIsBilled() throws Exception {
        assertThat(generate("x [[sim:GATEWAY_524]]", "").statusCode()).isEqualTo(524);
        assertThat(control.ledger().calls()).isEqualTo(1);
    }

    @Test
    void leavesOutOrSpoilsFieldsBesideThePicture() throws Exception {
        JsonNode bare = json(generate("a [[sim:NO_USAGE]]", ""));
        JsonNode odd = json(generate("b [[sim:WRONG_TYPES]]", ""));

        assertThat(bare.has("usageMetadata")).isFalse();
        assertThat(odd.path("usageMetadata").isTextual()).isTrue();
        assertThat(picture(bare)).isNotEmpty();
        assertThat(picture(odd)).isNotEmpty();
    }

    @Test
    void hangsAndStillBills() {
        assertThatThrownBy(() -> generate("x [[sim:HANG]]", "", Duration.ofMillis(300)))
                .isInstanceOf(HttpTimeoutException.class);
        assertThat(control.ledger().calls()).isEqualTo(1);
    }

    @Test
    void billsACallWhoseClientHungUp() {
        assertThatThrownBy(() -> generate("x [[sim:LATE seconds=30]]", "", Duration.ofMillis(300)))
                .isInstanceOf(HttpTimeoutException.class);

        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            var entry = control.ledger(10).entries().getFirst();
            assertThat(entry.clientGone()).isTrue();
            assertThat(entry.usdMicros()).isPositive();
        });
    }

    @Test
    void knowsWhichCallsRunAndWhenEachEnded() throws Exception {
        generate("a boat", "");
        var hanging = CLIENT.sendAsync(
                request("/v1beta/models/" + MODEL + ":generateContent")
                        .POST(BodyPublishers.ofString(body("a ship [[sim:HANG]]", "")))
                        .build(),
                BodyHandlers.ofByteArray());

        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            var running = control.running();
            assertThat(running.count()).isEqualTo(1);
            assertThat(running.calls().getFirst().prompt()).isEqualTo("a ship [[sim:HANG]]");
        });
        var entries = control.ledger(100_000).entries();
        assertThat(Instant.parse(entries.getFirst().ended()))
                .isAfterOrEqualTo(Instant.parse(entries.getFirst().time()));
        assertThat(entries.getLast().status()).isEqualTo("hung");
        assertThat(entries.getLast().ended()).isNull();

        hanging.cancel(true);
        Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            assertThat(control.running().calls()).isEmpty();
            assertThat(control.ledger(1).entries().getLast().ended()).isNotNull();
        });
    }

    @Test
    void answers404ToASimulatorThatIsNotThere() throws Exception {
        for (String address : List.of(server.address("flux") + "/v1/flux-2-pro", server.control() + "/flux/ledger")) {
            var answer = CLIENT.send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.body()).contains("/flux/");
        }
    }

    @Test
    void refusesS3FaultsWithoutAStore() {
        assertThatThrownBy(sandbox::clearS3Faults).hasMessageContaining("without s3");
    }

    @Test
    void shapesTheAnswersDelivery() throws Exception {
        var gzip = generate("a [[sim:GZIP]]", "");
        assertThat(gzip.headers().firstValue("content-encoding")).contains("gzip");
        byte[] unpacked = new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes();
        assertThat(new String(unpacked, StandardCharsets.UTF_8)).contains("inlineData");
        assertThat(generate("b [[sim:CHUNKED]]", "").headers().firstValue("content-length"))
                .isEmpty();
        assertThat(text(generate("c [[sim:HTML]]", ""))).startsWith("<!doctype html>");
        assertThat(generate("d [[sim:EMPTY]]", "").body()).isEmpty();
        assertThat(json(generate("e [[sim:UNKNOWN_FIELDS]]", "")).has("fieldOfTheFuture"))
                .isTrue();
        assertThat(generate("f [[sim:LARGE_HEADERS]]", "").headers().firstValue("x-large-7"))
                .isPresent();
    }

    @Test
    void spellsSoundAnswersInOtherWays() throws Exception {
        JsonNode nulls = json(generate("a [[sim:NULLS]]", ""));
        assertThat(nulls.at("/candidates/0/safetyRatings").isNull()).isTrue();
        assertThat(nulls.findValue("inlineData").path("displayName").isNull()).isTrue();
        JsonNode snake = json(generate("b [[sim:SNAKE_CASE]]", ""));
        assertThat(snake.at("/usage_metadata/prompt_token_count").asInt()).isPositive();
        assertThat(snake.findValue("inline_data").path("mime_type").asText()).isEqualTo("image/jpeg");
        for (String form : List.of("URL_SAFE_BASE64", "UNPADDED_BASE64", "DATA_URL")) {
            String data = json(generate("c", "")).findValue("data").asText();
            String spelt = json(generate("c [[sim:" + form + "]]", ""))
                    .findValue("data")
                    .asText();
            assertThat(spelt)
                    .as(form)
                    .isEqualTo(
                            switch (form) {
                                case "URL_SAFE_BASE64" -> data.replace('+', '-').replace('/', '_');
                                case "UNPADDED_BASE64" -> data.replace("=", "");
                                default -> "data:image/jpeg;base64," + data;
                            });
        }
        assertThat(generate("d [[sim:PLAIN_TEXT]]", "").headers().firstValue("content-type"))
                .contains("text/plain; charset=utf-8");
    }

    @Test
    void addsOddPicturesAndCandidates() throws Exception {
        assertThat(json(generate("a [[sim:THOUGHT_ONLY]]", ""))
                        .findParent("inlineData")
                        .path("thought")
                        .asBoolean())
                .isTrue();
        List<JsonNode> four = json(generate("b [[sim:LAST_BROKEN]]", "")).findValues("data");
        assertThat(four).hasSize(4);
        assertThat(four.getLast().asText().length())
                .isLessThan(four.getFirst().asText().length());
        assertThat(json(generate("c [[sim:SECOND_BLOCKED]]", ""))
                        .at("/candidates/1/finishReason")
                        .asText())
                .isEqualTo("SAFETY");
        assertThat(control.ledger().calls()).isEqualTo(3);
    }

    @Test
    void billsTheModelThatDrew() throws Exception {
        generate("a boat", "");
        long asked = control.ledger().usdMicros();

        JsonNode answer = json(generate("a boat [[sim:OTHER_MODEL id=gemini-3-pro-image]]", ""));

        assertThat(answer.path("modelVersion").asText()).isEqualTo("gemini-3-pro-image");
        assertThat(control.ledger().usdMicros()).isGreaterThan(3 * asked);
    }

    @Test
    void refusesInAnAnswerAndOnTheWay() throws Exception {
        var answer = generate("a [[sim:ERROR_IN_200 code=429 retryDelay=3s]]", "");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(json(answer).at("/error/code").asInt()).isEqualTo(429);
        assertThat(text(generate("b [[sim:400_RETRY]]", ""))).contains("Please retry");
        assertThat(control.ledger().calls()).isZero();
    }

    @Test
    void closesAnIdleConnectionWithoutNotice() throws Exception {
        try (var socket = new Socket()) {
            socket.connect(Ports.loopback(URI.create(server.control()).getPort()));
            socket.setSoTimeout(10_000);
            String body = body("a boat [[sim:IDLE_CLOSE seconds=0.2]]", "");
            socket.getOutputStream()
                    .write(("POST /gemini/v1beta/models/" + MODEL
                                    + ":generateContent HTTP/1.1\r\nHost: localhost\r\nx-goog-api-key: sandbox-key\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.UTF_8));

            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answer).startsWith("HTTP/1.1 200").doesNotContainIgnoringCase("connection: close");
        }
    }

    @Test
    void spoilsThePicture() throws Exception {
        assertThat(json(generate("a [[sim:WRONG_MIME]]", ""))
                        .findValue("mimeType")
                        .asText())
                .isEqualTo("image/png");
        JsonNode broken = json(generate("b [[sim:TRUNCATED_BASE64]]", ""));
        assertThatThrownBy(() -> picture(broken)).isInstanceOf(IllegalArgumentException.class);
        byte[] cut = picture(json(generate("b [[sim:TRUNCATED_FILE]]", "")));
        byte[] endOfImage = {(byte) 0xff, (byte) 0xd9};
        assertThat(Arrays.copyOfRange(cut, cut.length - 2, cut.length)).isNotEqualTo(endOfImage);
        byte[] small = picture(json(generate("c [[sim:WRONG_SIZE]]", "")));
        assertThat(ImageIO.read(new ByteArrayInputStream(small)).getWidth()).isEqualTo(1008);
        byte[] half = picture(json(generate("d [[sim:HALF_SIZE]]", "")));
        assertThat(ImageIO.read(new ByteArrayInputStream(half)).getWidth()).isEqualTo(512);
    }

    @Test
    void drawsSoundPicturesThatDeviate() throws Exception {
        String wide = "\"imageConfig\":{\"aspectRatio\":\"16:9\"}";
        var older = ImageIO.read(new ByteArrayInputStream(picture(json(generate("a [[sim:OLDER_SIZE]]", wide)))));
        assertThat(older.getWidth() + " x " + older.getHeight()).isEqualTo("1408 x 768");
        byte[] jpeg = picture(json(generate("b [[sim:EXIF_TURNED]]", wide)));
        var turned = ImageIO.read(new ByteArrayInputStream(jpeg));
        assertThat(turned.getWidth() + " x " + turned.getHeight()).isEqualTo("768 x 1376");
        assertThat(new String(jpeg, 0, 12, StandardCharsets.ISO_8859_1)).endsWith("Exif\0\0");
        JsonNode profile = json(generate("c [[sim:JUNK_PROFILE]]", wide));
        assertThat(profile.findValue("mimeType").asText()).isEqualTo("image/webp");
        assertThat(new String(picture(profile), StandardCharsets.ISO_8859_1))
                .startsWith("RIFF")
                .contains("ICCP", "VP8L");
    }

    @Test
    void billsPicturesThatItDoesNotSend() throws Exception {
        JsonNode answer = json(generate("a [[sim:IMAGE_OTHER imageTokens=2520]]", ""));

        assertThat(answer.at("/usageMetadata/candidatesTokensDetails/0/modality")
                        .asText())
                .isEqualTo("IMAGE");
        assertThat(answer.findValue("candidatesTokenCount").asInt()).isEqualTo(2_520);
        assertThat(control.ledger().usdMicros()).isGreaterThan(2_520 * 30);
    }

    @Test
    void obeysRulesQuotaAndSettings() throws Exception {
        control.addRule(Rule.always("503").forPrompt("boat").times(1));
        control.quota(SimulatedQuota.requestsPerMinute(2));
        control.pictureBytes(300_000);

        assertThat(generate("a boat", "").statusCode()).isEqualTo(503);
        var second = generate("a boat", "");
        assertThat(second.statusCode()).isEqualTo(200);
        assertThat(picture(json(second)).length).isBetween(299_900, 300_000);
        assertThat(json(generate("a boat", "")).at("/error/code").asInt()).isEqualTo(429);
        assertThatThrownBy(() -> control.addRule(Rule.always("explode")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("explode");
    }

    @Test
    void showsRequestsWithoutTheirSecrets() throws Exception {
        generate("a boat", "");

        JsonNode requests = control.requests(10);
        assertThat(requests).hasSize(1);
        assertThat(requests.get(0).at("/headers/x-goog-api-key").asText()).isEqualTo("sand***");
    }

    @Test
    void numbersRequestsAlsoOverThoseItForgot() throws Exception {
        generate("a boat", "");
        long first = control.requests(1).get(0).path("number").asLong();
        sandbox.reset();
        generate("a house", "");
        generate("a tree", "");

        assertThat(control.requests(10))
                .extracting(request -> request.path("number").asLong())
                .containsExactly(first + 1, first + 2);
    }

    @Test
    void fetchesRemoteReferences() throws Exception {
        String uri = server.control() + "/nowhere.png";
        String body =
                "{\"contents\":[{\"parts\":[{\"text\":\"x\"},{\"fileData\":{\"mimeType\":\"image/png\",\"fileUri\":\""
                        + uri + "\"}}]}]}";

        var answer = post("/v1beta/models/" + MODEL + ":generateContent", body);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(text(answer)).contains("404");
    }

    private static HttpResponse<byte[]> generate(String prompt, String config) throws Exception {
        return generate(prompt, config, Duration.ofSeconds(20));
    }

    private static HttpResponse<byte[]> generate(String prompt, String config, Duration timeout) throws Exception {
        var request = request("/v1beta/models/" + MODEL + ":generateContent")
                .timeout(timeout)
                .POST(BodyPublishers.ofString(body(prompt, config)));
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> post(String path, String body) throws Exception {
        return CLIENT.send(request(path).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> sendWithKey(String key) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(server.address("gemini") + "/v1beta/models"))
                .header("x-goog-api-key", key);
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.address("gemini") + path))
                .header("x-goog-api-key", "sandbox-key");
    }

    private static String body(String prompt, String config) {
        return "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"%s\"}]}],\"generationConfig\":{%s}}"
                .formatted(prompt, config);
    }

    private static byte[] picture(JsonNode answer) {
        return Base64.getDecoder()
                .decode(answer.findValue("inlineData").path("data").asText());
    }

    private static JsonNode json(HttpResponse<byte[]> answer) throws IOException {
        return MAPPER.readTree(answer.body());
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}
