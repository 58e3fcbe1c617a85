package dev.renderfleet.worker.job;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.limits.Permit;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageModel;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.references.FetchOutcome.Fetched;
import dev.renderfleet.worker.references.FetchedReference;
import java.util.Map;

/** Makes the one call of an attempt and records its failure on the permit. Safe for use by many threads. */
public final class ModelCaller {

    private final Map<String, ImageModel> models;
    private final Failpoints failpoints;

    /** @param models by provider name, one for each provider that the router may choose */
    public ModelCaller(Map<String, ImageModel> models, Failpoints failpoints) {
        this.models = Map.copyOf(models);
        this.failpoints = failpoints;
    }

    /** Calls once and blocks until the response is complete. The caller closes the picture. */
    ModelAnswer call(ModelCall call, Fetched references, Permit permit) {
        String provider = call.model().provider();
        ImageModel model = models.get(provider);
        if (model == null) {
            throw new IllegalStateException("routed to " + provider + ", which has no adapter");
        }
        DrawRequest request = request(call.job().job(), call.model(), references);
        failpoints.at(Failpoint.CALLING);
        permit.sent();
        ModelAnswer answer = model.draw(request);
        failpoints.at(Failpoint.ANSWERED);
        switch (answer) {
            case Drawn _ -> {
                // The check of its pictures decides.
            }
            case NotDrawn failure
            when failure.kind() == FailureKind.RESULT_INVALID -> permit.resultRefused(failure.reason());
            case NotDrawn failure -> permit.refused(failure.kind(), failure.retryAfter());
        }
        return answer;
    }

    private static DrawRequest request(RenderJob job, ModelCard card, Fetched references) {
        return new DrawRequest(
                card.id(),
                job.prompt().resolved(),
                references.references().stream().map(FetchedReference::picture).toList(),
                job.output().aspectRatio(),
                job.output().size(),
                job.thinking(),
                job.grounding(),
                job.seed(),
                job.locale(),
                card.timeout());
    }
}
