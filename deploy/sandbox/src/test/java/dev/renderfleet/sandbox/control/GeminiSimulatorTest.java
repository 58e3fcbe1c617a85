package dev.renderfleet.sandbox.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the Gemini simulator answers. */
class GeminiSimulatorTest extends GeminiScenario {

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
    void speaksVertexWithItsCredentialsModelsAndRefusals() throws Exception {
        String express = "/v1beta1/publishers/google/models/%s:generateContent";
        assertThat(post(express.formatted(MODEL), body("a boat", "")).statusCode())
                .isEqualTo(200);
        assertThat(post(express.formatted("gemini-3.1-flash-image"), body("a boat", ""))
                        .statusCode())
                .as("retired on the Developer API only")
                .isEqualTo(200);
        assertThat(json(post(express.formatted(MODEL), body("a [[sim:429]]", "")))
                        .at("/0/error/code")
                        .asInt())
                .isEqualTo(429);

        String project = "/v1/projects/p/locations/global/publishers/google/models/" + MODEL + ":generateContent";
        assertThat(json(post(project, body("a boat", ""))).at("/error/message").asText())
                .startsWith("API keys are not supported by this API");
        var authorized = request(project).POST(HttpRequest.BodyPublishers.ofString(body("a boat", "")));
        assertThat(send(authorized.setHeader("Authorization", "Bearer sandbox-key-token")))
                .isEqualTo(200);
        assertThat(send(authorized.setHeader("Authorization", "Bearer other"))).isEqualTo(401);
    }

    private static int send(HttpRequest.Builder request) throws Exception {
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray()).statusCode();
    }

    @Test
    void listsModels() throws Exception {
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
        var token = HttpRequest.newBuilder(URI.create(server.address("gemini") + "/v1beta/models"))
                .header("Authorization", "Bearer wrong");
        assertThat(CLIENT.send(token.build(), BodyHandlers.ofByteArray()).statusCode())
                .isEqualTo(401);
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
    void takesBase64InBothAlphabets() throws Exception {
        String path = "/v1beta/models/" + MODEL + ":generateContent";
        JsonNode first = json(post(path, body("a boat", "")));
        String reference = Base64.getEncoder().encodeToString(picture(first));
        String signature =
                first.findParent("inlineData").path("thoughtSignature").asText();
        assertThat(List.of(reference, signature)).allMatch(base64 -> base64.contains("+") || base64.contains("/"));

        JsonNode standard = json(post(path, secondTurn(reference, signature)));
        JsonNode urlSafe = json(post(path, secondTurn(urlSafe(reference), urlSafe(signature))));

        assertThat(picture(urlSafe)).isEqualTo(picture(standard));
        assertThat(text(post(path, secondTurn(reference, signature.substring(4)))))
                .contains("Invalid thought signature");
    }

    private static String urlSafe(String base64) {
        return base64.replace('+', '-').replace('/', '_');
    }

    private static String secondTurn(String picture, String signature) {
        return """
            {"contents":[
              {"role":"user","parts":[{"text":"a boat"}]},
              {"role":"model","parts":[
                {"inlineData":{"mimeType":"image/jpeg","data":"%s"},"thoughtSignature":"%s"}]},
              {"role":"user","parts":[{"text":"in red"}]}],
             "generationConfig":{"seed":1}}
            """.formatted(picture, signature);
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
}
