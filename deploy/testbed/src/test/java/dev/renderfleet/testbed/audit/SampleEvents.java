package dev.renderfleet.testbed.audit;

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
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Events for tests. */
public final class SampleEvents {

    private SampleEvents() {}

    /** With one picture, always the same, where none is given. */
    public static RenderCompleted completed(String job, boolean replay, Image... images) {
        return completed(
                job,
                replay,
                images.length > 0
                        ? List.of(images)
                        : List.of(image("assets/tenant/" + job + "/1.png", "1", new byte[] {1})));
    }

    public static RenderCompleted completed(String job, boolean replay, List<Image> images) {
        return completed(job, replay, images, List.of(drawn()));
    }

    /** With one picture, after so many calls that cost. */
    public static RenderCompleted completedAfter(String job, int calls) {
        return completed(
                job,
                false,
                List.of(image("assets/tenant/" + job + "/1.png", "1", new byte[] {1})),
                Collections.nCopies(calls, drawn()));
    }

    private static RenderCompleted completed(String job, boolean replay, List<Image> images, List<Attempt> attempts) {
        return new RenderCompleted(
                ref(job),
                replay,
                images,
                new ModelChoice("m", "m", "p", "named by the job"),
                attempts,
                Usage.NONE,
                new Cost(0, "1"),
                new Latency(0, 0, 0, 0, 0),
                new Provenance("trainedAlgorithmicMedia", "p", null, null, false));
    }

    public static RenderFailed failed(String job, FailureCode code) {
        return failed(job, code, false);
    }

    public static RenderFailed failed(String job, FailureCode code, boolean replay, Attempt... attempts) {
        return new RenderFailed(
                ref(job),
                replay,
                code,
                code.retryable(),
                "failed",
                null,
                List.of(attempts),
                Usage.NONE,
                new Cost(0, "1"));
    }

    /** A call that may have cost. */
    public static Attempt unknown(Instant begun) {
        return attempt(FailureCode.UNKNOWN_OUTCOME.wireName(), begun);
    }

    private static Attempt drawn() {
        return attempt("drawn", Instant.EPOCH);
    }

    private static Attempt attempt(String outcome, Instant begun) {
        return new Attempt(1, "m", outcome, begun, 0, null, null, 33_600);
    }

    public static RenderRejected rejected(String job, FailureCode code) {
        return new RenderRejected(ref(job), false, code, null, "rejected");
    }

    public static Image image(String key, String sha256, byte[] content) {
        return new Image("renderfleet", key, sha256, content.length, "image/png", 1, 1, List.of());
    }

    private static JobRef ref(String job) {
        return new JobRef(job, "tenant", job, null, null, Map.of());
    }
}
