package dev.renderfleet.sandbox;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.sandbox.s3.FaultBook;
import dev.renderfleet.sandbox.s3.S3Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The control API of the sandbox, typed. Calls block; a refused one is an {@link IllegalArgumentException} with
 * the simulator's own words. Safe for use by several threads.
 */
public final class SimulatorControl {
    private static final Duration ANSWER_MAX = Duration.ofMinutes(1);
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();

    private final HttpClient client = HttpClient.newHttpClient();
    private final String base;

    /** @param base the {@code control} address of the sandbox's ready line */
    public SimulatorControl(String base) {
        this.base = base;
    }

    /**
     * Which calls behave how: all of them, or those of one model, with a text in the prompt, by chance; for ever, or
     * {@code count} times. The behaviours' names are those of the prompt directives.
     */
    public record Rule(
            String behaviour, Match match, @Nullable Integer count, Map<String, String> options) {
        /** Conditions; null means any. */
        public record Match(
                @Nullable String model,
                @Nullable String prompt,
                @Nullable Double probability) {}

        public static Rule always(String behaviour) {
            return new Rule(behaviour, new Match(null, null, null), null, Map.of());
        }

        public Rule times(int calls) {
            return new Rule(behaviour, match, calls, options);
        }

        public Rule forModel(String id) {
            return new Rule(behaviour, new Match(id, match.prompt(), match.probability()), count, options);
        }

        public Rule forPrompt(String part) {
            return new Rule(behaviour, new Match(match.model(), part, match.probability()), count, options);
        }

        public Rule withProbability(double probability) {
            return new Rule(behaviour, new Match(match.model(), match.prompt(), probability), count, options);
        }

        public Rule option(String name, String value) {
            var more = new HashMap<>(options);
            more.put(name, value);
            return new Rule(behaviour, match, count, more);
        }
    }

    /** The limits of one model, or of every model without limits of its own; null is no limit. */
    public record Quota(
            @Nullable String model,
            @Nullable Integer rpm,
            @Nullable Integer ipm,
            @Nullable Integer tpm,
            @Nullable Integer rpd,
            @Nullable Integer concurrency) {
        public static Quota requestsPerMinute(int rpm) {
            return new Quota(null, rpm, null, null, null, null);
        }
    }

    /** What was billed. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Ledger(
            int calls, int images, long tokens, long usdMicros, Map<String, Totals> byModel, List<Entry> entries) {
        public record Totals(int calls, int images, long tokens, long usdMicros) {}

        /**
         * A call that began at {@code time}; {@code ended} is null as long as it runs. Both in ISO 8601, by the sandbox's
         * clock. Status is running, delivered, clientGone, hung, reset, "reset mid body" or "closed mid body".
         */
        @JsonIgnoreProperties(ignoreUnknown = true)
        public record Entry(
                String time,
                @Nullable String ended,
                String model,
                String promptSha256,
                String promptText,
                String outcome,
                String status,
                boolean clientGone,
                long usdMicros) {}
    }

    /** The billed calls whose clients wait for an answer now, the oldest first, with their whole prompts. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Running(int count, List<Call> calls) {
        @JsonIgnoreProperties(ignoreUnknown = true)
        public record Call(String time, String model, String prompt, String promptSha256) {}
    }

    public void addRule(Rule rule) {
        post("/rules", rule);
    }

    public void clearRules() {
        send("DELETE", "/rules", null);
    }

    /** All calls take a lognormal time around the median; equal numbers mean a fixed time. Divided by the time scale. */
    public void latency(double medianSeconds, double p99Seconds) {
        post("/settings", Map.of("latency", Map.of("medianSeconds", medianSeconds, "p99Seconds", p99Seconds)));
    }

    public void timeScale(double factor) {
        post("/settings", Map.of("timeScale", factor));
    }

    /** Files of this length, drawn once for each size and then sent from memory. */
    public void pictureBytes(int bytes) {
        post("/settings", Map.of("picture", Map.of("bytes", bytes)));
    }

    /** So much grain that a file has nearly three bytes for each pixel. */
    public void pictureNoise(String mime) {
        post("/settings", Map.of("picture", Map.of("noise", true, "mime", mime)));
    }

    public void pictureMime(String mime) {
        post("/settings", Map.of("picture", Map.of("mime", mime)));
    }

    /** Latency, time scale and pictures as at the start. */
    public void resetSettings() {
        send("DELETE", "/settings", null);
    }

    public void quota(Quota quota) {
        post("/quota", quota);
    }

    public void clearQuota() {
        send("DELETE", "/quota", null);
    }

    /** The bill, with up to this many of the newest entries; the simulator keeps the latest 100,000. */
    public Ledger ledger(int entries) {
        return read(send("GET", "/ledger?entries=" + entries, null), new TypeReference<>() {});
    }

    public Ledger ledger() {
        return ledger(0);
    }

    /** How often each prompt was billed. */
    public Map<String, Integer> callsByPrompt() {
        record Answer(Map<String, Integer> prompts) {}
        return read(send("GET", "/ledger/prompts", null), new TypeReference<Answer>() {})
                .prompts();
    }

    /** The calls that run at this moment. */
    public Running running() {
        return read(send("GET", "/running", null), new TypeReference<>() {});
    }

    public void resetLedger() {
        send("DELETE", "/ledger", null);
    }

    /** The newest requests with their headers, as the simulator shows them. */
    public JsonNode requests(int last) {
        return read(send("GET", "/requests?last=" + last, null), new TypeReference<JsonNode>() {})
                .path("requests");
    }

    /** Stops Kafka's broker and starts it again on the same port; returns when it is up. Records and offsets stay. */
    public void restartKafka() {
        send("POST", "/kafka/restart", "{}");
    }

    /** Lays these faults before the S3 endpoint, behind those that are there; the direct endpoint stays free of them. */
    public void s3Faults(S3Fault first, S3Fault... more) {
        post("/s3/faults", Stream.concat(Stream.of(first), Stream.of(more)).toList());
    }

    /** The S3 faults in force, with how often each was applied. */
    public List<FaultBook.Standing> s3Faults() {
        return s3Faults("GET");
    }

    /** Ends all S3 faults, an outage too; returns them with how often each was applied. */
    public List<FaultBook.Standing> clearS3Faults() {
        return s3Faults("DELETE");
    }

    private List<FaultBook.Standing> s3Faults(String method) {
        record Answer(List<FaultBook.Standing> faults) {}
        return read(send(method, "/s3/faults", null), new TypeReference<Answer>() {})
                .faults();
    }

    /** Rules, quota, settings, S3 faults, ledger and the list of requests as at the start. */
    public void reset() {
        send("POST", "/reset", "{}");
    }

    private void post(String path, Object body) {
        try {
            send("POST", path, MAPPER.writeValueAsString(body));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
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
            throw new UncheckedIOException("the simulator does not answer at " + base, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking the simulator", e);
        }
    }

    private static <T> T read(String json, TypeReference<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the simulator's answer cannot be read: " + json, e);
        }
    }
}
