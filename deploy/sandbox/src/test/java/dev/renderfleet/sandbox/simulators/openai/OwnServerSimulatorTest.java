package dev.renderfleet.sandbox.simulators.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.sandbox.control.ControlServer;
import dev.renderfleet.sandbox.control.SandboxParts;
import dev.renderfleet.sandbox.pictures.PictureRenderer;
import dev.renderfleet.sandbox.simulators.ModelSimulator;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.SimulatorState;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The servers that anyone can run, over the wire, in this JVM. */
class OwnServerSimulatorTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static List<ModelSimulator> simulators;
    private static ControlServer server;

    @BeforeAll
    static void start() {
        InstantSource clock = InstantSource.system();
        var renderer = new PictureRenderer();
        simulators = Stream.of(ImagesProfile.values())
                .<ModelSimulator>map(profile ->
                        new OpenAiSimulator(profile, SimulatorState.fresh(1, 1_000, clock), renderer, 1, clock))
                .toList();
        server = ControlServer.start(0, simulators, SandboxParts.NONE);
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "vllm, b64_json",
        "sglang, b64_json",
        "sdcpp, b64_json",
        "sdcpp, url",
        "localai, b64_json",
        "xinference, b64_json"
    })
    void answersInBase64WithoutUsageAndBillsNoMoney(String name, String format) throws Exception {
        HttpResponse<byte[]> answer = generate(name, ImagesProfile.SERVED, "", format);

        assertThat(json(answer).at("/data/0/b64_json").asText()).startsWith("iVBOR");
        assertThat(json(answer).has("usage")).isFalse();
        var bill = simulators.stream()
                .filter(simulator -> simulator.name().equals(name))
                .findFirst()
                .orElseThrow()
                .state()
                .ledger()
                .statement(0);
        assertThat(bill.calls()).isPositive();
        assertThat(bill.usdMicros() + bill.tokens()).isZero();
    }

    @Test
    void vllmAnswersWithTheFile() throws Exception {
        HttpResponse<byte[]> answer = generate("vllm", ImagesProfile.SERVED, "", "file");

        assertThat(answer.headers().firstValue("content-type")).contains("image/png");
        assertThat(answer.body()).startsWith(0x89, 'P', 'N', 'G');
    }

    @ParameterizedTest
    @CsvSource({"localai", "xinference"})
    void anAddressHoldsItsFileOnce(String name) throws Exception {
        String address = json(generate(name, ImagesProfile.SERVED, "", "url"))
                .at("/data/0/url")
                .asText();
        URI file = URI.create(server.address(name)).resolve(address);

        assertThat(get(file).body()).startsWith(0x89, 'P', 'N', 'G');
        assertThat(get(file).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            vllm       | Qwen/Qwen-Image      |                   | b64_json | 400 | /detail        | Model mismatch
            xinference | Qwen/Qwen-Image      |                   | b64_json | 400 | /detail        | Model not found
            localai    | Qwen/Qwen-Image      |                   | b64_json | 404 | /error/message | does not exist
            sglang     | any                  |                   | url      | 400 | /detail        | cloud storage
            vllm       | Qwen/Qwen-Image-2512 | [[sim:LOADING]]   | b64_json | 503 | /detail        | loading
            sdcpp      | any                  | [[sim:OOM]]       | b64_json | 500 | /error         | out of memory
            localai    | Qwen/Qwen-Image-2512 | [[sim:QUEUE_FULL]] | b64_json | 503 | /error/message | queue is full
            """)
    void refusesInItsOwnWords(
            String name, String model, String directive, String format, int status, String field, String message)
            throws Exception {
        HttpResponse<byte[]> answer = generate(name, model, directive == null ? "" : directive, format);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(json(answer).at(field).asText()).contains(message);
    }

    private static HttpResponse<byte[]> generate(String name, String model, String directive, String format)
            throws Exception {
        var request = HttpRequest.newBuilder(URI.create(server.address(name) + "/v1/images/generations"))
                .POST(BodyPublishers.ofString(
                        "{\"model\":\"%s\",\"prompt\":\"a lamp%s\",\"size\":\"512x256\",\"response_format\":\"%s\"}"
                                .formatted(model, directive, format)))
                .build();
        return CLIENT.send(request, BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> get(URI address) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofByteArray());
    }

    private static JsonNode json(HttpResponse<byte[]> answer) {
        return SimulatorJson.object(answer.body()).orElseThrow();
    }
}
