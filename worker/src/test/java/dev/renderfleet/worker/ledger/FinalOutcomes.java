package dev.renderfleet.worker.ledger;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.identity.JobId;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A job's possible outcomes. */
public final class FinalOutcomes {

    static final JobId JOB = JobId.of("t", "k");
    static final String FINGERPRINT = "f".repeat(64);

    private static final JobRef REF = new JobRef(JOB.value(), "t", "k", FINGERPRINT, null, Map.of());
    private static final Cost NOTHING = new Cost(0, "v");

    private FinalOutcomes() {}

    static Attempt attempt(Instant start, int number, String outcome, long usdMicros) {
        return new Attempt(number, "nano", outcome, start, 5, null, null, usdMicros);
    }

    public static RenderCompleted completed(Instant start) {
        return new RenderCompleted(
                REF,
                false,
                List.of(),
                new ModelChoice(null, "nano", "gemini", "cheapest"),
                List.of(attempt(start, 1, "drawn", 33_600)),
                Usage.NONE,
                new Cost(33_600, "v"),
                new Latency(1, 2, 3, 4, 10),
                new Provenance("trainedAlgorithmicMedia", "gemini", null, null, false));
    }

    static RenderFailed failed(FailureCode code) {
        return new RenderFailed(REF, false, code, code.retryable(), "no luck", null, List.of(), Usage.NONE, NOTHING);
    }

    static RenderRejected rejected() {
        return new RenderRejected(REF, false, FailureCode.REFERENCE_INVALID, "references[0].uri", "not a picture");
    }

    static RenderCanceled canceled() {
        return new RenderCanceled(REF, false, "not wanted any more", NOTHING);
    }
}
