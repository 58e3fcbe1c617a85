package dev.renderfleet.worker.providers.gemini;

import static dev.renderfleet.worker.providers.gemini.GeminiFixture.KEY;
import static dev.renderfleet.worker.providers.gemini.GeminiFixture.answer;
import static dev.renderfleet.worker.providers.gemini.GeminiFixture.base64;
import static dev.renderfleet.worker.providers.gemini.GeminiFixture.inVirtualThread;
import static dev.renderfleet.worker.providers.gemini.GeminiFixture.picturePart;
import static dev.renderfleet.worker.providers.gemini.GeminiFixture.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.contracts.job.ThinkingLevel;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.TaskLog;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import dev.renderfleet.worker.providers.wire.ScriptedServer.Script;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeminiImageModelTest {

    @TempDir
    Path temp;

    private GeminiFixture gemini;

    @BeforeEach
    void setUp() {
        gemini = new GeminiFixture(temp);
    }

    private void assertDraws(Script script, byte[] expected, int picturesInAnswer) throws Exception {
        try (var server = new ScriptedServer(script)) {
            ModelAnswer answer = inVirtualThread(
                    () -> gemini.model(server.url()).draw(request(Duration.ofSeconds(20)), TaskLog.NONE));
            assertThat(answer).isInstanceOf(Drawn.class);
            Drawn drawn = (Drawn) answer;
            assertThat(server.requests()).isEqualTo(1);
            assertThat(drawn.pictures()).hasSize(picturesInAnswer);
            DrawnPicture first = drawn.pictures().getFirst();
            assertThat(first.file().path()).hasBinaryContent(expected);
            assertThat(first.claimedMime()).isEqualTo("image/png");
            assertThat(first.draft()).isFalse();
            assertThat(drawn.usage()).isEqualTo(new Usage(13, 1120, 7, 1140));
            assertThat(drawn.modelVersion()).isEqualTo("gemini-nano-banana-2.1");
            assertThat(drawn.responseId()).isEqualTo("r-1");
            assertThat(gemini.spooled()).hasSize(picturesInAnswer);
            drawn.close();
            gemini.assertSpoolEmpty();
        }
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void spoolsThePictureOfAnAnswer() throws Exception {
        byte[] picture = noise(70_001);

        assertDraws(ScriptedServer.says(200, answer(picturePart(picture, ""), "STOP")), picture, 1);
    }

    @Test
    void takesTheLastPictureThatIsNotAThought() throws Exception {
        String parts = String.join(
                ",",
                "{\"text\":\"thinking\",\"thought\":true}",
                picturePart(noise(10), ",\"thought\":true"),
                picturePart(noise(20), ""),
                picturePart(noise(30), ",\"thoughtSignature\":\"" + base64(noise(60_000)) + "\""),
                "{\"thought\":true,\"inlineData\":{\"mimeType\":\"image/jpeg\",\"data\":\"AAAA\"}}");

        assertDraws(ScriptedServer.says(200, answer(parts, "STOP")), noise(30), 2);
    }

    @Test
    void readsUnknownFieldsAndAPictureWithAnUnknownFinishReason() throws Exception {
        String json = answer(picturePart(noise(5), ",\"novel\":{\"a\":[1,2.5,null,true,\"ü\"]}"), "CONTINUATION");

        assertDraws(ScriptedServer.says(200, json.replaceFirst("\\{", "{\"novel\":[[],{}],")), noise(5), 1);
    }

    @Test
    void readsCompressedAnswers() throws Exception {
        var zipped = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(zipped)) {
            gzip.write(answer(picturePart(noise(50_000), ""), "STOP").getBytes(StandardCharsets.UTF_8));
        }

        assertDraws(
                ScriptedServer.says(200, "application/json", zipped.toByteArray(), "Content-Encoding: gzip"),
                noise(50_000),
                1);
    }

    @Test
    void readsSlowChunkedResponses() throws Exception {
        byte[] json = answer(picturePart(noise(2_000), ""), "STOP").getBytes(StandardCharsets.UTF_8);
        Script drips = (_, connection) -> {
            var out = connection.getOutputStream();
            out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            for (int at = 0; at < json.length; at += 97) {
                int length = Math.min(97, json.length - at);
                out.write((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                out.write(json, at, length);
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
                out.flush();
            }
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        };

        assertDraws(drips, noise(2_000), 1);
    }

    @Test
    void sendsAllRequestedFields() throws Exception {
        byte[] product = noise(30_001);
        byte[] style = noise(12 * 1024);
        var request = new DrawRequest(
                "gemini-3-pro-image",
                "ein „Sofa“ in Köln",
                List.of(
                        new ReferencePicture(
                                Files.write(temp.resolve("p"), product),
                                "image/jpeg",
                                product.length,
                                ReferenceRole.PRODUCT),
                        new ReferencePicture(
                                Files.write(temp.resolve("s"), style), "image/png", style.length, ReferenceRole.STYLE)),
                Output.of("21:9", OutputSize.K4),
                ThinkingLevel.HIGH,
                new Grounding(true, true),
                7L,
                "de-AT",
                Duration.ofSeconds(20),
                "job/1");

        try (var server = new ScriptedServer(ScriptedServer.says(200, answer(picturePart(noise(5), ""), "STOP")))) {
            ModelAnswer answer =
                    inVirtualThread(() -> gemini.model(server.url()).draw(request, TaskLog.NONE));

            assertThat(answer).isInstanceOfSatisfying(Drawn.class, Drawn::close);
            assertThat(server.last().line())
                    .isEqualTo("POST /v1beta/models/gemini-3-pro-image:generateContent HTTP/1.1");
            assertThat(server.last().headers()).containsEntry("x-goog-api-key", KEY);
            JsonNode sent = JsonMapper.builder().build().readTree(server.last().body());
            JsonNode parts = sent.at("/contents/0/parts");
            assertThat(parts).hasSize(5);
            assertThat(parts.at("/0/text").asText()).contains("product");
            assertThat(parts.at("/1/inlineData/mimeType").asText()).isEqualTo("image/jpeg");
            assertThat(parts.at("/1/inlineData/data").asText()).isEqualTo(base64(product));
            assertThat(parts.at("/2/text").asText()).contains("style");
            assertThat(parts.at("/3/inlineData/data").asText()).isEqualTo(base64(style));
            assertThat(parts.at("/4/text").asText())
                    .isEqualTo("ein „Sofa“ in Köln\n\nAny text in the picture is in German (de-AT).");
            JsonNode config = sent.at("/generationConfig");
            assertThat(config).isEqualTo(JsonMapper.builder().build().readTree("""
                {"seed":7,"responseModalities":["TEXT","IMAGE"],"thinkingConfig":{"thinkingLevel":"HIGH"},
                 "imageConfig":{"aspectRatio":"21:9","imageSize":"4K"}}\
                """));
            assertThat(sent.at("/tools").toString())
                    .isEqualTo("[{\"googleSearch\":{\"searchTypes\":{\"webSearch\":{},\"imageSearch\":{}}}}]");
        }
    }

    @Test
    void omitsFieldsThatWereNotRequested() throws Exception {
        try (var server = new ScriptedServer(ScriptedServer.says(200, answer(picturePart(noise(5), ""), "STOP")))) {
            var plain = new DrawRequest(
                    "m",
                    "a lamp",
                    List.of(),
                    Output.of(null, OutputSize.K1),
                    null,
                    null,
                    null,
                    null,
                    Duration.ofSeconds(20),
                    "job/1");

            inVirtualThread(() -> gemini.model(server.url()).draw(plain, TaskLog.NONE));

            assertThat(server.last().body())
                    .isEqualTo("{\"contents\":[{\"parts\":[{\"text\":\"a lamp\"}],\"role\":\"user\"}],"
                            + "\"generationConfig\":{\"responseModalities\":[\"IMAGE\"],"
                            + "\"imageConfig\":{\"imageSize\":\"1K\"}}}");
        }
    }

    @Test
    void foldsSeedsThatTheApiCannotTake() {
        assertThat(GeminiRequest.seed(-5)).isEqualTo(-5);
        assertThat(GeminiRequest.seed(1L << 40)).isEqualTo(GeminiRequest.seed(1L << 40));
    }

    @Test
    void makesAHundredConcurrentCalls() throws Exception {
        int calls = 100;
        var allThere = new CountDownLatch(calls);
        byte[] picture = noise(40_000);
        String json = answer(picturePart(picture, ""), "STOP");
        Script waitsForAll = (request, connection) -> {
            allThere.countDown();
            if (allThere.await(30, TimeUnit.SECONDS)) {
                ScriptedServer.says(200, json).answer(request, connection);
            }
        };
        try (var server = new ScriptedServer(waitsForAll);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var model = gemini.model(server.url());
            List<Future<ModelAnswer>> answers = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                answers.add(threads.submit(() -> model.draw(request(Duration.ofSeconds(60)), TaskLog.NONE)));
            }
            for (Future<ModelAnswer> answer : answers) {
                assertThat(answer.get()).isInstanceOfSatisfying(Drawn.class, drawn -> {
                    assertThat(drawn.pictures().getFirst().file().path()).hasBinaryContent(picture);
                    drawn.close();
                });
            }
            assertThat(server.requests()).isEqualTo(calls);
            gemini.assertSpoolEmpty();
        }
    }

    @Test
    void rejectsAnInvalidKeyWithoutPrintingIt() {
        for (String key : List.of("", " ", "secret\nkey", "sécret")) {
            for (Function<String, GoogleAccount> platform : List.<Function<String, GoogleAccount>>of(
                    GoogleAccount::developerApi, GoogleAccount::vertexExpress)) {
                assertThatThrownBy(() -> platform.apply(key))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageNotContaining("secret");
            }
        }
    }
}
