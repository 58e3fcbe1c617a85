package dev.renderfleet.peers.common;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.wire.CloudEvents;
import dev.renderfleet.contracts.wire.DecodedJob.Accepted;
import dev.renderfleet.contracts.wire.EventCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Builds the events. What a plain worker does not know, such as prices, it leaves at nothing. */
public final class Events {

    private static final Cost UNKNOWN_COST = new Cost(0, "none");
    private static final EventCodec CODEC = new EventCodec();

    private Events() {}

    /** The event of a picture that is stored. */
    public static RenderCompleted completed(
            Accepted accepted, GeminiCaller.Drawn drawn, Image image, Instant begun, Instant now) {
        long millis = Duration.between(begun, now).toMillis();
        return new RenderCompleted(
                ref(accepted),
                false,
                List.of(image),
                new ModelChoice(accepted.job().model(), drawn.model(), "gemini", "the only model of this worker"),
                List.of(new Attempt(1, drawn.model(), "drawn", begun, millis, null, null, 0)),
                Usage.NONE,
                UNKNOWN_COST,
                new Latency(0, 0, millis, 0, millis),
                new Provenance("trainedAlgorithmicMedia", "gemini", null, null, false));
    }

    /** The event of a job that this worker gives up. */
    public static RenderFailed failed(Accepted accepted, FailureCode code, String message) {
        return new RenderFailed(
                ref(accepted), false, code, code.retryable(), message, null, List.of(), Usage.NONE, UNKNOWN_COST);
    }

    /** The record's key. */
    public static byte[] key(RenderEvent event) {
        return event.job().jobId().getBytes(StandardCharsets.UTF_8);
    }

    /** The record's value. */
    public static byte[] value(RenderEvent event) {
        return CODEC.encode(event);
    }

    /**
     * The record's headers.
     *
     * @param cause the job's record, as {@code topic/partition/offset}
     */
    public static Map<String, String> headers(RenderEvent event, String cause, Instant now) {
        return CloudEvents.ofEvent(event, cause, "renderfleet/peer", now, null);
    }

    private static JobRef ref(Accepted accepted) {
        return new JobRef(
                accepted.id().value(),
                accepted.job().tenant(),
                accepted.job().idempotencyKey(),
                accepted.fingerprint(),
                accepted.job().batchId(),
                accepted.job().labels());
    }
}
