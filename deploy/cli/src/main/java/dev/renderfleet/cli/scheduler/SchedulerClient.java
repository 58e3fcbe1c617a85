package dev.renderfleet.cli.scheduler;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.cli.cluster.UserError;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Asks a scheduler over REST. A refusal is a {@link UserError} with exit code 1, a scheduler that does not answer one with 3. */
public final class SchedulerClient implements AutoCloseable {

    /** Exit code of a refusal, such as of an unknown job. */
    public static final int REFUSED = 1;

    static final int UNREACHABLE = 3;

    /** One job. */
    public static final String JSON = "application/json";

    /** A job in each line. */
    public static final String NDJSON = "application/x-ndjson";

    private static final Duration CONNECT_MAX = Duration.ofSeconds(5);
    private static final Duration ANSWER_MAX = Duration.ofMinutes(1);
    /** The answer to NDJSON comes when all of it is stored. */
    private static final Duration SUBMISSION_MAX = Duration.ofHours(6);

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final URI base;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_MAX)
            .build();

    public SchedulerClient(URI base) {
        this.base = base;
    }

    /** What was answered; {@code json} is missing where there is no body. */
    public record Answer(int status, JsonNode json) {}

    /** Asks for a path below the scheduler's address. */
    public Answer get(String path) {
        return send(request(path).timeout(ANSWER_MAX).GET().build());
    }

    Answer post(String path, String body) {
        return send(request(path)
                .timeout(ANSWER_MAX)
                .header("content-type", JSON)
                .POST(BodyPublishers.ofString(body))
                .build());
    }

    Answer put(String path, String body) {
        return send(request(path)
                .timeout(ANSWER_MAX)
                .header("content-type", JSON)
                .PUT(BodyPublishers.ofString(body))
                .build());
    }

    /** Hands jobs over; the body may be of any length. */
    public Answer submit(String contentType, BodyPublisher jobs) {
        return send(request("/v1/jobs")
                .timeout(SUBMISSION_MAX)
                .header("content-type", contentType)
                .POST(jobs)
                .build());
    }

    /** A part of a path. */
    static String part(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path));
    }

    private Answer send(HttpRequest request) {
        HttpResponse<String> response;
        try {
            response = http.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw unreachable(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable("interrupted");
        }
        JsonNode json = json(response.body());
        if (response.statusCode() == 503) {
            throw unreachable(json.path("detail").asText("it answers 503"));
        }
        if (response.statusCode() >= 400) {
            throw new UserError(refusal(response.statusCode(), json), REFUSED);
        }
        return new Answer(response.statusCode(), json);
    }

    private static JsonNode json(String body) {
        try {
            return MAPPER.readTree(body);
        } catch (JsonProcessingException _) {
            return MAPPER.missingNode();
        }
    }

    private static String refusal(int status, JsonNode problem) {
        String detail = problem.path("detail").asText("the scheduler answers " + status + "; check --scheduler");
        String title = problem.path("title").asText("");
        String field = problem.path("field").asText("");
        return (title.isEmpty() ? "" : title + ": ") + (field.isEmpty() ? "" : field + ": ") + detail;
    }

    private UserError unreachable(String cause) {
        return new UserError(
                "The scheduler at " + base + " cannot be reached (" + cause
                        + "): start one, or name it by --scheduler, RENDERFLEET_SCHEDULER_URL or a --profile.",
                UNREACHABLE);
    }

    @Override
    public void close() {
        http.close();
    }
}
