package dev.renderfleet.sandbox.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.sandbox.SandboxControl;
import dev.renderfleet.sandbox.SimulatorControl;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import dev.renderfleet.sandbox.simulators.gemini.GeminiSimulator;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A server with a Gemini simulator, in this JVM, over the wire. */
abstract class GeminiScenario {
    static final String MODEL = "gemini-nano-banana-2.1";
    static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .build();
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    static ControlServer server;
    static SandboxControl sandbox;
    static SimulatorControl control;

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

    static HttpResponse<byte[]> generate(String prompt, String config) throws Exception {
        return generate(prompt, config, Duration.ofSeconds(20));
    }

    static HttpResponse<byte[]> generate(String prompt, String config, Duration timeout) throws Exception {
        var request = request("/v1beta/models/" + MODEL + ":generateContent")
                .timeout(timeout)
                .POST(BodyPublishers.ofString(body(prompt, config)));
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    static HttpResponse<byte[]> post(String path, String body) throws Exception {
        return CLIENT.send(request(path).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofByteArray());
    }

    static HttpResponse<byte[]> sendWithKey(String key) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(server.address("gemini") + "/v1beta/models"))
                .header("x-goog-api-key", key);
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.address("gemini") + path))
                .header("x-goog-api-key", "sandbox-key");
    }

    static String body(String prompt, String config) {
        return "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"%s\"}]}],\"generationConfig\":{%s}}"
                .formatted(prompt, config);
    }

    static byte[] picture(JsonNode answer) {
        return Base64.getDecoder()
                .decode(answer.findValue("inlineData").path("data").asText());
    }

    static JsonNode json(HttpResponse<byte[]> answer) throws IOException {
        return MAPPER.readTree(answer.body());
    }

    static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}
