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
 * The provider's side of a quota: which calls it accepted, and how many it refused, since its bucket was emptied, or ever. Used by one
 * thread.
 */
final class QuotaMeter {

    private static final int CALLS_KEPT = 100_000;
    /** While it is emptied the bucket fills again. */
    private static final int EMPTYING_MAX = 10;

    private static final int TOO_MANY_REQUESTS = 429;

    private final SandboxEndpoints sandbox;
    private final SimulatorControl simulator;
    private Instant since = Instant.MIN;
    private long requestsBefore;

    QuotaMeter(BenchFleet fleet) {
        this.sandbox = fleet.sandbox();
        this.simulator = fleet.simulator();
    }

    /** Sets the quota; spends what a minute's bucket holds at first, so that from now on only what refills is granted. */
    void begin(QuotaUnit unit, int callsGranted) throws InterruptedException {
        simulator.quota(unit.simulated(callsGranted));
        if (unit == QuotaUnit.DAY) {
            return;
        }
        try (var http = HttpClient.newHttpClient()) {
            int calls = 0;
            while (send(http) != TOO_MANY_REQUESTS) {
                if (++calls > EMPTYING_MAX * callsGranted) {
                    throw new IllegalStateException("the simulator keeps no quota of " + unit);
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
        var request = HttpRequest.newBuilder(URI.create(sandbox.simulator("gemini")
                                .baseUrl() + "/v1beta/models/" + QuotaUnit.MODEL + ":generateContent"))
                .header("x-goog-api-key", sandbox.simulator("gemini").apiKey())
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString("{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"" + prompt
                        + "\"}]}],\"generationConfig\":{\"responseModalities\":[\"IMAGE\"]}}"))
                .build();
        return http.send(request, BodyHandlers.discarding()).statusCode();
    }

    /** How many calls there were since the bucket was empty, accepted and refused. */
    long requests() {
        return newestRequest().path("number").asLong() - requestsBefore;
    }

    private JsonNode newestRequest() {
        return simulator.requests(1).path(0);
    }

    /** When calls began that were accepted since the bucket was empty, in this order. */
    List<Instant> accepted() {
        List<Instant> times = new ArrayList<>();
        for (BillingLedger.Entry call : simulator.ledger(CALLS_KEPT).entries()) {
            Instant time = Instant.parse(call.time());
            if (time.isAfter(since)) {
                times.add(time);
            }
        }
        times.sort(null);
        return times;
    }
}
