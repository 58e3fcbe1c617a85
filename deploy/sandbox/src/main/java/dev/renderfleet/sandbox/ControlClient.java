package dev.renderfleet.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** HTTP and JSON of the control API. Calls block; a refused one is an {@link IllegalArgumentException} with the sandbox's words. */
final class ControlClient {
    private static final Duration ANSWER_MAX = Duration.ofMinutes(1);
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final HttpClient client = HttpClient.newHttpClient();
    private final String base;

    ControlClient(String base) {
        this.base = base;
    }

    <T> T get(String path, TypeReference<T> type) {
        return read("GET", path, type);
    }

    /** Sends a request without a body and reads its answer. */
    <T> T read(String method, String path, TypeReference<T> type) {
        String json = send(method, path, null);
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the sandbox's answer cannot be read: " + json, e);
        }
    }

    void post(String path, Object body) {
        try {
            var _ = send("POST", path, MAPPER.writeValueAsString(body));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    void delete(String path) {
        var _ = send("DELETE", path, null);
    }

    private String send(String method, String path, @Nullable String body) {
        var request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(ANSWER_MAX)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            var answer = client.send(request, BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalArgumentException("%s %s: %s".formatted(method, path, answer.body()));
            }
            return answer.body();
        } catch (IOException e) {
            throw new UncheckedIOException("the sandbox does not answer at " + base, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking the sandbox", e);
        }
    }
}
