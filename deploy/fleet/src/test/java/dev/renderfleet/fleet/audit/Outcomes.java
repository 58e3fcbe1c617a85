package dev.renderfleet.fleet.audit;

import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import java.util.List;
import java.util.Map;

/** Events made by hand. */
final class Outcomes {

    private Outcomes() {}

    static RenderCompleted completed(String job, boolean replay, Image... images) {
        return new RenderCompleted(
                ref(job),
                replay,
                List.of(images),
                new ModelChoice("m", "m", "p", "named by the job"),
                List.of(),
                Usage.NONE,
                new Cost(0, "1"),
                new Latency(0, 0, 0, 0, 0),
                new Provenance("trainedAlgorithmicMedia", "p", null, null, false));
    }

    static RenderFailed failed(String job, FailureCode code) {
        return new RenderFailed(
                ref(job), false, code, code.retryable(), "failed", null, List.of(), Usage.NONE, new Cost(0, "1"));
    }

    static RenderRejected rejected(String job, FailureCode code) {
        return new RenderRejected(ref(job), false, code, null, "rejected");
    }

    static Image image(String key, String sha256, byte[] content) {
        return new Image("renderfleet", key, sha256, content.length, "image/png", 1, 1, List.of());
    }

    private static JobRef ref(String job) {
        return new JobRef(job, "tenant", job, null, null, Map.of());
    }
}
