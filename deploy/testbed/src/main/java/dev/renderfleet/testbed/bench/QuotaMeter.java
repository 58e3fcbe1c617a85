package dev.renderfleet.testbed.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.sandbox.SimulatorControl;
import dev.renderfleet.sandbox.simulators.BillingLedger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The provider's side of a model's quota: which calls it accepted, and how many it refused, since its bucket was emptied, or ever. Used by
 * one thread.
 */
final class QuotaMeter {

    private static final int CALLS_KEPT = 100_000;
    private static final int REQUESTS_KEPT = 5_000;
    /** While it is emptied the bucket fills again. */
    private static final int EMPTYING_MAX = 10;

    private static final int TOO_MANY_REQUESTS = 429;

    private final SandboxEndpoints.Simulator address;
    private final SimulatorControl simulator;
    private final QuotaLimit quota;
    private Instant since = Instant.MIN;
    private long requestsBefore;

    QuotaMeter(BenchFleet fleet, QuotaLimit quota) {
        this.address = fleet.sandbox().simulator(quota.provider());
        this.simulator = fleet.simulator(quota.provider());
        this.quota = quota;
    }

    /** Sets the quota; spends what a minute's bucket holds at first, so that from now on only what refills is granted. */
    void begin() throws InterruptedException {
        simulator.quota(quota.unit().simulated(quota.model(), quota.calls()));
        if (!quota.unit().refills()) {
            return;
        }
        try (var http = HttpClient.newHttpClient()) {
            int calls = 0;
            while (send(http) != TOO_MANY_REQUESTS) {
                if (++calls > EMPTYING_MAX * quota.calls()) {
                    throw new IllegalStateException("the simulator keeps no quota of " + quota.unit());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the simulator does not answer", e);
        }
        // By the simulator's clock: everything until now is ours.
        JsonNode newest = newestRequest();
        since = Instant.parse(newest.path("time").asText());
        requestsBefore = newest.path("number").asLong();
    }

    /** A call that is refused for its directive, not billed, and counts against the quota as any other. */
    private int send(HttpClient http) throws IOException, InterruptedException {
        String directive = "[[sim:400]]";
        String prompt = directive + "x".repeat(QuotaUnit.PROMPT_CHARS - directive.length());
        var request = HttpRequest.newBuilder(
                        URI.create(address.baseUrl() + "/v1beta/models/" + quota.model() + ":generateContent"))
                .header("x-goog-api-key", address.apiKey())
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString("{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"" + prompt
                        + "\"}]}],\"generationConfig\":{\"responseModalities\":[\"IMAGE\"]}}"))
                .build();
        return http.send(request, BodyHandlers.discarding()).statusCode();
    }

    QuotaLimit quota() {
        return quota;
    }

    /** How many calls there were since the bucket was empty, accepted and refused; of at most 5,000 requests to the provider. */
    long requests() {
        long calls = 0;
        for (JsonNode request : simulator.requests(REQUESTS_KEPT)) {
            if (request.path("number").asLong() > requestsBefore
                    && request.path("method").asText().equals("POST")
                    && request.path("path").asText().contains(quota.model())) {
                calls++;
            }
        }
        return calls;
    }

    private JsonNode newestRequest() {
        return simulator.requests(1).path(0);
    }

    /** When calls began that were accepted since the bucket was empty, in this order. */
    List<Instant> accepted() {
        List<Instant> times = new ArrayList<>();
        for (BillingLedger.Entry call : simulator.ledger(CALLS_KEPT).entries()) {
            Instant time = Instant.parse(call.time());
            if (time.isAfter(since) && call.model().equals(quota.model())) {
                times.add(time);
            }
        }
        times.sort(null);
        return times;
    }
}
