package dev.renderfleet.worker.providers.gemini;

import static dev.renderfleet.worker.providers.gemini.GeminiFixture.inVirtualThread;
import static dev.renderfleet.worker.providers.gemini.GeminiFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sound answers in other forms than the documented one, over HTTP: each is drawn, and none is called for twice. */
class AnswerFormsTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    /** Its base64 has both characters in which the alphabets differ, and padding. */
    private static final byte[] PICTURE = noise(2_000);

    @TempDir
    Path temp;

    private GeminiFixture gemini;

    @BeforeEach
    void setUp() {
        gemini = new GeminiFixture(temp);
    }

    /** The answer of which all others are variants. */
    private static ObjectNode answer() {
        try {
            return (ObjectNode) JSON.readTree("""
                {"candidates":[{"content":{"role":"model","parts":[{"text":"here","thoughtSignature":"AAAA"},
                 {"inlineData":{"mimeType":"image/png","data":"%s","displayName":"vase"},"thought":false}]},
                 "finishReason":"STOP","finishMessage":"done","index":0,"tokenCount":1290,"avgLogprobs":-0.1,
                 "safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","probability":"NEGLIGIBLE","blocked":false}],
                 "citationMetadata":{"citations":[{"uri":"u","publicationDate":{"year":2026}}]},
                 "groundingMetadata":{"webSearchQueries":["vase"],"searchEntryPoint":{"renderedContent":"x"}}}],
                 "promptFeedback":{"safetyRatings":[]},"createTime":"2026-11-30T00:00:00Z",
                 "modelVersion":"gemini-nano-banana-2.1","responseId":"r-1","modelStatus":{"modelStage":"STABLE"},
                 "usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":1290,"totalTokenCount":1302,
                 "trafficType":"ON_DEMAND","promptTokensDetails":[{"modality":"TEXT","tokenCount":12}],
                 "candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":1290}]}}""".formatted(GeminiFixture.base64(PICTURE)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** What came of one call: the pictures as hexadecimal text, or the failure. */
    private record Result(List<String> pictures, Object rest) {}

    private Result draw(String body, String contentType) {
        try (var server =
                new ScriptedServer(ScriptedServer.says(200, contentType, body.getBytes(StandardCharsets.UTF_8)))) {
            ModelAnswer answer = inVirtualThread(
                    () -> gemini.model(server.url()).draw(request(Duration.ofSeconds(20)), TaskLog.NONE));
            assertThat(server.requests()).as("calls").isEqualTo(1);
            return switch (answer) {
                case NotDrawn _, StillRunning _ -> new Result(List.of(), answer);
                case Drawn drawn -> {
                    try (drawn) {
                        yield new Result(
                                drawn.pictures().stream()
                                        .map(picture ->
                                                hex(picture.file().path()) + picture.claimedMime() + picture.draft())
                                        .toList(),
                                List.of(drawn.usage(), "" + drawn.modelVersion(), "" + drawn.responseId()));
                    }
                }
            };
        } finally {
            gemini.assertSpoolEmpty();
        }
    }

    private Result draw(JsonNode body) {
        return draw(body.toString(), "application/json; charset=UTF-8");
    }

    private static String hex(Path file) {
        try {
            return HexFormat.of().formatHex(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String picture(byte[] bytes) {
        return HexFormat.of().formatHex(bytes) + "image/pngfalse";
    }

    private static String draft(byte[] bytes) {
        return HexFormat.of().formatHex(bytes) + "image/pngtrue";
    }

    private static final Result SOUND = new Result(
            List.of(picture(PICTURE)),
            List.of(new Usage(12, 1290, 0, 1302, 1290L).searching(1), "gemini-nano-banana-2.1", "r-1"));

    private void assertSound(JsonNode answer) {
        assertThat(draw(answer)).isEqualTo(SOUND);
    }

    private static ObjectNode candidate(ObjectNode answer) {
        return (ObjectNode) answer.at("/candidates/0");
    }

    private static ArrayNode parts(ObjectNode answer) {
        return (ArrayNode) candidate(answer).at("/content/parts");
    }

    @Test
    void theAnswerItselfIsSound() {
        assertSound(answer());
    }

    /** All fields of the answer, as the names of their objects' pointers and their own. */
    static List<List<String>> fields() {
        List<List<String>> fields = new ArrayList<>();
        collect("", answer(), fields);
        return fields;
    }

    private static void collect(String pointer, JsonNode node, List<List<String>> fields) {
        node.properties().forEach(field -> {
            fields.add(List.of(pointer, field.getKey()));
            collect(pointer + "/" + field.getKey(), field.getValue(), fields);
        });
        if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                collect(pointer + "/" + i, node.get(i), fields);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fields")
    void aNullIsAnAbsentFieldEverywhere(List<String> field) {
        ObjectNode absent = answer();
        ((ObjectNode) absent.at(field.getFirst())).remove(field.getLast());
        ObjectNode present = answer();
        ((ObjectNode) present.at(field.getFirst())).putNull(field.getLast());

        assertThat(draw(present)).isEqualTo(draw(absent));
    }

    /** As a server writes them that does not leave out what is not set. */
    @Test
    void defaultsOfProtobufAreAbsentFields() {
        ObjectNode answer = answer();
        ((ObjectNode) answer.get("promptFeedback")).put("blockReason", "BLOCKED_REASON_UNSPECIFIED");
        candidate(answer).put("finishReason", "FINISH_REASON_UNSPECIFIED").put("finishMessage", "");
        ((ObjectNode) answer.get("usageMetadata")).put("thoughtsTokenCount", 0).put("toolUsePromptTokenCount", 0);
        answer.putObject("error").put("code", 0).put("message", "");

        assertSound(answer);
    }

    @Test
    void aNullInAnArrayIsNoElement() {
        ObjectNode answer = answer();
        parts(answer).insertNull(0);
        ((ArrayNode) answer.get("candidates")).addNull();

        assertSound(answer);
    }

    @Test
    void nullsBesideTheDocumentedFieldsDoNotMatter() {
        ObjectNode answer = answer();
        candidate(answer).putNull("safetyRatings").putNull("fieldToCome");
        ((ObjectNode) parts(answer).get(1)).putNull("text").putNull("fileData").putNull("functionCall");
        answer.putNull("error").putNull("promptFeedback");

        assertSound(answer);
    }

    @Test
    void aBlockedPromptWithNullCandidatesIsOneUnbilledRefusal() {
        Result result =
                draw("{\"candidates\":null,\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}", "application/json");

        assertThat(result.rest())
                .isEqualTo(new NotDrawn(FailureKind.INPUT_REFUSED, "SAFETY", null, null, Usage.NONE, null));
    }

    /** A field that is not read must not spoil a paid answer. */
    @ParameterizedTest
    @ValueSource(strings = {"7", "\"text\"", "true", "[]", "{}", "[[1]]", "{\"a\":{\"b\":[null]}}"})
    void fieldsThatAreNotReadMayHaveAnyValue(String json) throws IOException {
        JsonNode value = JSON.readTree(json);
        ObjectNode answer = answer();
        candidate(answer).set("safetyRatings", value);
        candidate(answer).set("citationMetadata", value);
        ((ObjectNode) candidate(answer).get("content")).set("role", value);
        ((ObjectNode) parts(answer).get(1)).set("videoMetadata", value);
        answer.set("createTime", value);
        answer.set("modelStatus", value);

        assertSound(answer);
    }

    /** Nor may a field that is read but not needed. */
    @ParameterizedTest
    @ValueSource(
            strings = {"7", "\"\"", "\"text\"", "true", "[]", "{}", "[[1]]", "[{\"a\":1}]", "{\"a\":{\"b\":[null]}}"})
    void fieldsThatAreReadMayHaveAnyShape(String json) throws IOException {
        JsonNode value = JSON.readTree(json);
        for (List<String> field : fields()) {
            if (Set.of("candidates", "content", "parts", "inlineData", "data").contains(field.getLast())) {
                continue;
            }
            ObjectNode answer = answer();
            ((ObjectNode) answer.at(field.getFirst())).set(field.getLast(), value);

            assertThat(draw(answer).pictures()).as(field + " is " + value).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "{}", "[]", "false", "0", "{\"code\":503}", "\"busy\""})
    void anErrorBesideARefusalHidesNothing(String error) throws IOException {
        var refusal = (ObjectNode) JSON.readTree(
                "{\"candidates\":[{\"finishReason\":\"IMAGE_SAFETY\"}],\"usageMetadata\":{\"promptTokenCount\":12}}");
        Result expected = draw(refusal);
        refusal.set("error", JSON.readTree(error));

        assertThat(draw(refusal)).isEqualTo(expected);
        assertThat(expected.rest())
                .isInstanceOfSatisfying(
                        NotDrawn.class,
                        failure -> assertThat(failure.kind()).isEqualTo(FailureKind.OUTPUT_REFUSED_REROLLABLE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "{}", "{\"code\":503}"})
    void anErrorBesideABlockedPromptHidesNothing(String error) {
        assertThat(draw("{\"error\":" + error + ",\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}", "text/plain")
                        .rest())
                .isEqualTo(new NotDrawn(FailureKind.INPUT_REFUSED, "SAFETY", null, null, Usage.NONE, null));
    }

    @Test
    void theClaimedTypeIsShortAndOfOneLine() {
        ObjectNode answer = answer();
        ((ObjectNode) parts(answer).get(1).get("inlineData")).put("mimeType", "a\n" + "x".repeat(10_000));

        assertThat(draw(answer).pictures().getFirst())
                .startsWith(HexFormat.of().formatHex(PICTURE) + "a xxx")
                .hasSizeLessThan(2 * PICTURE.length + 510);
    }

    @Test
    void countsMayBeTextAndUnreadableOnesAreAbsent() {
        ObjectNode answer = answer();
        ((ObjectNode) answer.get("usageMetadata"))
                .put("promptTokenCount", "12")
                .put("thoughtsTokenCount", "many")
                .put("trafficType", 7);

        assertSound(answer);
    }

    @Test
    void snakeCaseIsCamelCase() throws IOException {
        String snake = answer().toString();
        for (String name : List.of(
                "inlineData",
                "mimeType",
                "finishReason",
                "modelVersion",
                "responseId",
                "usageMetadata",
                "promptTokenCount",
                "candidatesTokenCount",
                "totalTokenCount",
                "promptFeedback")) {
            snake = snake.replace(
                    "\"" + name + "\"", "\"" + name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT) + "\"");
        }

        assertSound(JSON.readTree(snake));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "application/octet-stream", "text/html", "image/png", "application/x.google+json"})
    void theContentTypeDoesNotMatter(String type) {
        assertThat(draw(answer().toString(), type)).isEqualTo(SOUND);
    }

    @Test
    void anAnswerInAnArrayIsRead() {
        assertThat(draw("[" + answer() + "]", "application/json")).isEqualTo(SOUND);
    }

    static List<String> spellings() {
        String standard = GeminiFixture.base64(PICTURE);
        String urlSafe = Base64.getUrlEncoder().encodeToString(PICTURE);
        return List.of(
                urlSafe,
                Base64.getUrlEncoder().withoutPadding().encodeToString(PICTURE),
                Base64.getEncoder().withoutPadding().encodeToString(PICTURE),
                "data:image/png;base64," + standard,
                "data:;base64," + urlSafe,
                " " + Base64.getMimeEncoder().encodeToString(PICTURE) + "\n");
    }

    @ParameterizedTest
    @MethodSource("spellings")
    void base64MayBeSpeltInAnyWay(String data) {
        ObjectNode answer = answer();
        ((ObjectNode) parts(answer).get(1).get("inlineData")).put("data", data);

        assertSound(answer);
    }

    @Test
    void base64MayBeEscapedInJson() {
        String data = GeminiFixture.base64(PICTURE);
        String escaped = "data:image\\/png;base64,"
                + data.replace("/", "\\/").replace("+", "\\u002b").replace("=", "\\u003D");

        assertThat(draw(answer().toString().replace(data, escaped), "application/json"))
                .isEqualTo(SOUND);
    }

    /** Lengths on either side of the buffers of parser and decoder. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5_800, 5_801, 5_802, 5_803, 12_287, 12_288, 12_289, 16_384, 49_151, 99_999})
    void picturesOfAnyLengthAreWhole(int length) {
        byte[] bytes = noise(length);
        ObjectNode answer = answer();
        ((ObjectNode) parts(answer).get(1).get("inlineData"))
                .put("data", Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));

        assertThat(draw(answer).pictures()).containsExactly(picture(bytes));
    }

    private static Consumer<ObjectNode> thought(boolean thought) {
        return part -> part.put("thought", thought);
    }

    private static void addPicture(ObjectNode answer, String data, Consumer<ObjectNode> more) {
        ObjectNode part = parts(answer).addObject();
        part.putObject("inlineData").put("mimeType", "image/png").put("data", data);
        more.accept(part);
    }

    @Test
    void theOnlyPictureMayBeADraft() {
        ObjectNode answer = answer();
        ((ObjectNode) parts(answer).get(1)).put("thought", true);

        assertThat(draw(answer).pictures()).containsExactly(draft(PICTURE));
    }

    @Test
    void aPictureThatIsNoDraftWinsOverDrafts() {
        ObjectNode answer = answer();
        addPicture(answer, GeminiFixture.base64(noise(9)), thought(true));

        assertSound(answer);
    }

    @Test
    void theLastPictureComesFirstAndABrokenOneSpoilsNoOther() {
        ObjectNode answer = answer();
        addPicture(answer, GeminiFixture.base64(noise(7)), thought(false));
        addPicture(answer, GeminiFixture.base64(noise(8)), thought(false));
        addPicture(answer, "AAAA*no base64", thought(false));

        assertThat(draw(answer).pictures())
                .containsExactly(picture(new byte[3]), picture(noise(8)), picture(noise(7)), picture(PICTURE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SAFETY", "IMAGE_SAFETY", "PROHIBITED_CONTENT", "RECITATION"})
    void aBlockedCandidateDoesNotSpoilAnother(String reason) {
        ObjectNode answer = answer();
        ((ArrayNode) answer.get("candidates"))
                .addObject()
                .put("finishReason", reason)
                .put("index", 1);

        assertSound(answer);
    }
}
