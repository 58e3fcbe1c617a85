package dev.renderfleet.sandbox;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.sandbox.simulators.BillingLedger;
import dev.renderfleet.sandbox.simulators.PictureSettings;
import dev.renderfleet.sandbox.simulators.Rule;
import dev.renderfleet.sandbox.simulators.SimulatedQuota;
import java.util.Map;

/**
 * The control API of one model simulator, typed. Calls block; a refused one is an {@link IllegalArgumentException} with
 * the simulator's own words. Safe for use by several threads.
 */
public final class SimulatorControl {
    private final ControlClient client;

    /** @param control the simulator's {@code control} address in the sandbox's ready line */
    public SimulatorControl(String control) {
        client = new ControlClient(control);
    }

    public void addRule(Rule rule) {
        client.post("/rules", rule);
    }

    public void clearRules() {
        client.delete("/rules");
    }

    /** All calls take a lognormal time around the median; equal numbers mean a fixed time. Divided by the time scale. */
    public void latency(double medianSeconds, double p99Seconds) {
        client.post("/settings", Map.of("latency", Map.of("medianSeconds", medianSeconds, "p99Seconds", p99Seconds)));
    }

    /** Files of this length, drawn once for each size and then sent from memory. */
    public void pictureBytes(int bytes) {
        pictures(new PictureSettings(bytes, false, null));
    }

    public void pictures(PictureSettings how) {
        client.post("/settings", Map.of("picture", how));
    }

    /** Latency, time scale and pictures as at the start. */
    public void resetSettings() {
        client.delete("/settings");
    }

    public void quota(SimulatedQuota quota) {
        client.post("/quota", quota);
    }

    /** The bill, with up to this many of the newest entries; the simulator keeps the latest 100,000. */
    public BillingLedger.Statement ledger(int entries) {
        return client.get("/ledger?entries=" + entries, new TypeReference<>() {});
    }

    public BillingLedger.Statement ledger() {
        return ledger(0);
    }

    /** How often each prompt was billed. */
    public Map<String, Integer> callsByPrompt() {
        record Answer(Map<String, Integer> prompts) {}
        return client.get("/ledger/prompts", new TypeReference<Answer>() {}).prompts();
    }

    /** The calls that run at this moment. */
    public BillingLedger.Running running() {
        return client.get("/running", new TypeReference<>() {});
    }

    public void resetLedger() {
        client.delete("/ledger");
    }

    /** The newest requests with their headers, as the simulator shows them. */
    public JsonNode requests(int last) {
        return client.get("/requests?last=" + last, new TypeReference<JsonNode>() {})
                .path("requests");
    }
}
