package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.limits.Permit;
import dev.renderfleet.worker.limits.ResultRecorder;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ModelAnswer.StillRunning;
import dev.renderfleet.worker.providers.TaskLog;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/** Makes the one call of an attempt, or resumes it, and records its failure. Safe for use by many threads. */
public final class ModelCaller {

    /** However late a task is resumed, its result may be there. */
    private static final Duration RESUME_MIN = Duration.ofSeconds(30);

    private final Map<String, ImageProvider> providers;
    private final Failpoints failpoints;

    /** @param providers by name, one for each that the router may choose */
    public ModelCaller(Map<String, ImageProvider> providers, Failpoints failpoints) {
        this.providers = Map.copyOf(providers);
        this.failpoints = failpoints;
    }

    /** Whether calls of this provider may be running in the ledger, to be resumed by this worker. */
    boolean hasTasks(String provider) {
        ImageProvider known = providers.get(provider);
        return known != null && known.hasTasks();
    }

    /** Calls once and blocks until the response is complete. The caller closes the picture. */
    ModelAnswer call(ModelCall call, Permit permit, TaskLog tasks) {
        ImageProvider provider = providers.get(call.model().provider());
        if (provider == null) {
            throw new IllegalStateException("routed to " + call.model().provider() + ", which has no adapter");
        }
        DrawRequest request = request(call, call.model().timeout());
        failpoints.at(Failpoint.CALLING);
        permit.sent();
        ModelAnswer answer = provider.draw(request, tasks);
        if (answer instanceof NotDrawn refused && refused.kind() == FailureKind.SESSION_REFUSED) {
            call.inputs().dropSession();
        }
        return answered(answer, permit);
    }

    /** Waits for the call's task. The caller closes the picture. */
    ModelAnswer resume(ModelCall call, String task, Duration sinceSent) {
        ImageProvider provider =
                Objects.requireNonNull(providers.get(call.model().provider()), "of a provider with tasks");
        Duration left = call.model().timeout().minus(sinceSent);
        DrawRequest request = request(call, left.compareTo(RESUME_MIN) < 0 ? RESUME_MIN : left);
        return answered(provider.resume(task, request), ResultRecorder.NONE);
    }

    private ModelAnswer answered(ModelAnswer answer, ResultRecorder recorder) {
        failpoints.at(Failpoint.ANSWERED);
        switch (answer) {
            case Drawn _, StillRunning _ -> {
                // The check of its pictures decides, and a running task says nothing.
            }
            case NotDrawn failure
            when failure.kind() == FailureKind.RESULT_INVALID -> recorder.resultRefused(failure.reason());
            case NotDrawn failure -> recorder.refused(failure.kind(), failure.retryAfter());
        }
        return answer;
    }

    static DrawRequest request(ModelCall call, Duration timeout) {
        RenderJob job = call.job().job();
        return new DrawRequest(
                call.model().servedName(),
                job.prompt().resolved(),
                call.inputs().references(),
                job.output().times(call.imagesLeft()),
                job.thinking(),
                job.grounding(),
                job.seed(),
                job.locale(),
                timeout,
                call.job().id().value() + "/" + call.claim().history().nextNumber(),
                call.inputs().earlier());
    }
}
