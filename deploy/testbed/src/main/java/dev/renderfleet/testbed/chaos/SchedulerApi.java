package dev.renderfleet.testbed.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.testbed.chaos.Members.Member;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Asks any scheduler over REST. Sends a request again, to another one, after a fault. Safe for use by many threads.
 */
final class SchedulerApi implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration ANSWER_MAX = Duration.ofSeconds(20);
    private static final Duration ALL_ANSWERS_MAX = Duration.ofMinutes(3);
    private static final Duration RETRY = Duration.ofMillis(200);
    private static final int FAULTY = 500;
    private static final int REFUSED = 400;

    private final Members schedulers;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(ANSWER_MAX)
            .build();

    SchedulerApi(Members schedulers) {
        this.schedulers = schedulers;
    }

    /** What was answered; {@code json} is missing where there is no body. */
    record Answer(int status, JsonNode json) {}

    Answer get(String path) {
        return ask(path, HttpRequest.newBuilder().GET());
    }

    void put(String path, Object body) {
        accepted(ask(
                path,
                HttpRequest.newBuilder()
                        .header("content-type", "application/json")
                        .PUT(BodyPublishers.ofString(JSON.valueToTree(body).toString()))));
    }

    /** Hands a job over. */
    void submit(byte[] job) {
        accepted(submit("application/json", job));
    }

    /** Hands over jobs as lines. */
    void submitLines(byte[] lines) {
        Answer answer = accepted(submit("application/x-ndjson", lines));
        if (answer.json().path("refused").asInt() > 0) {
            throw new IllegalStateException("the scheduler refuses jobs: " + answer.json());
        }
    }

    private Answer submit(String type, byte[] jobs) {
        return ask(
                "/v1/jobs",
                HttpRequest.newBuilder().header("content-type", type).POST(BodyPublishers.ofByteArray(jobs)));
    }

    private static Answer accepted(Answer answer) {
        if (answer.status() >= REFUSED) {
            throw new IllegalStateException("the scheduler answers " + answer);
        }
        return answer;
    }

    private Answer ask(String path, HttpRequest.Builder request) {
        Instant giveUp = Instant.now().plus(ALL_ANSWERS_MAX);
        String fault = "no scheduler runs";
        try {
            while (Instant.now().isBefore(giveUp)) {
                for (Member scheduler : List.copyOf(schedulers.atWork())) {
                    URI uri =
                            URI.create("http://127.0.0.1:" + scheduler.running().httpPort() + path);
                    try {
                        HttpResponse<String> response =
                                http.send(request.uri(uri).timeout(ANSWER_MAX).build(), BodyHandlers.ofString());
                        if (response.statusCode() < FAULTY) {
                            return new Answer(response.statusCode(), JSON.readTree(response.body()));
                        }
                        fault = response.body();
                    } catch (IOException e) {
                        fault = e.toString();
                    }
                }
                TimeUnit.MILLISECONDS.sleep(RETRY.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IllegalStateException("no scheduler answers " + path + ": " + fault);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
