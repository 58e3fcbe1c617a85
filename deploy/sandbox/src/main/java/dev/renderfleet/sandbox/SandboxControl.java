package dev.renderfleet.sandbox;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.renderfleet.sandbox.s3.ActiveS3Faults;
import dev.renderfleet.sandbox.s3.S3Fault;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The control API of the sandbox as a whole, typed. Calls block; a refused one is an {@link IllegalArgumentException} with
 * the sandbox's own words. Safe for use by several threads.
 */
public final class SandboxControl {
    private final ControlClient client;

    /** @param control the {@code control} address of the sandbox's ready line */
    public SandboxControl(String control) {
        client = new ControlClient(control);
    }

    /** Stops Kafka's broker and starts it again on the same port; returns when it is up. Records and offsets stay. */
    public void restartKafka() {
        client.post("/kafka/restart", Map.of());
    }

    /** Lays these faults before the S3 endpoint, behind those that are there; the direct endpoint stays free of them. */
    public void s3Faults(S3Fault first, S3Fault... more) {
        client.post(
                "/s3/faults", Stream.concat(Stream.of(first), Stream.of(more)).toList());
    }

    /** The S3 faults in force, with how often each was applied. */
    public List<ActiveS3Faults.ActiveFault> s3Faults() {
        return s3Faults("GET");
    }

    /** Ends all S3 faults, an outage too; returns them with how often each was applied. */
    public List<ActiveS3Faults.ActiveFault> clearS3Faults() {
        return s3Faults("DELETE");
    }

    /** Rules, quota, settings, ledger and the list of requests of all simulators as at the start, and no S3 faults. */
    public void reset() {
        client.post("/reset", Map.of());
    }

    private List<ActiveS3Faults.ActiveFault> s3Faults(String method) {
        record Answer(List<ActiveS3Faults.ActiveFault> faults) {}
        return client.read(method, "/s3/faults", new TypeReference<Answer>() {}).faults();
    }
}
