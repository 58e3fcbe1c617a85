package dev.renderfleet.testbed.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.sandbox.SandboxEndpoints;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The HTTP requests for one picture, written to disk as it arrives. Safe for use by many threads. */
final class BareCall {

    private static final Duration POLL = Duration.ofMillis(500);

    private final ObjectMapper mapper = new ObjectMapper(JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
            .build());
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final BenchModel model;
    private final SandboxEndpoints.Simulator address;

    BareCall(BenchModel model, SandboxEndpoints sandbox) {
        this.model = model;
        this.address = sandbox.simulator(model.provider());
    }

    void draw(int number, Path file) throws IOException, InterruptedException {
        String prompt = "A red vase on a beach, number " + number;
        switch (model) {
            case GEMINI -> decode(post("x-goog-api-key", address.apiKey(), """
                        {"contents":[{"role":"user","parts":[{"text":"%s"}]}],
                        "generationConfig":{"responseModalities":["IMAGE"],"imageConfig":{"imageSize":"1K"}}}""".formatted(prompt)), "data", file);
            case OPENAI ->
                decode(post("authorization", "Bearer " + address.apiKey(), """
                        {"model":"gpt-image-2.6-flare","prompt":"%s","size":"1024x1024","output_format":"png"}""".formatted(prompt)), "b64_json", file);
            case BFL -> {
                JsonNode task = tree(post("x-key", address.apiKey(), """
                        {"prompt":"%s","width":1024,"height":1024,"output_format":"png"}""".formatted(prompt)));
                HttpRequest poll = HttpRequest.newBuilder(
                                URI.create(task.path("polling_url").asText()))
                        .header("x-key", address.apiKey())
                        .build();
                JsonNode state;
                do {
                    Thread.sleep(POLL);
                    state = tree(poll);
                } while (!state.path("status").asText().equals("Ready"));
                URI picture = URI.create(state.path("result").path("sample").asText());
                var _ = http.send(HttpRequest.newBuilder(picture).build(), BodyHandlers.ofFile(file));
            }
        }
    }

    private HttpRequest post(String header, String key, String body) {
        return HttpRequest.newBuilder(URI.create(address.baseUrl() + model.path()))
                .header(header, key)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private JsonNode tree(HttpRequest request) throws IOException, InterruptedException {
        return mapper.readTree(http.send(request, BodyHandlers.ofByteArray()).body());
    }

    private void decode(HttpRequest request, String field, Path file) throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
        try (JsonParser in = mapper.createParser(answer.body())) {
            for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                if (token == JsonToken.VALUE_STRING && field.equals(in.currentName())) {
                    try (OutputStream out = Files.newOutputStream(file)) {
                        in.readBinaryValue(out);
                    }
                }
            }
        }
    }
}
