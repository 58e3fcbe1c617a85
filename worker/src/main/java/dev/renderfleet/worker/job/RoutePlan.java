package dev.renderfleet.worker.job;

import dev.renderfleet.catalogue.ModelCard;
import dev.renderfleet.catalogue.Ranking;
import dev.renderfleet.catalogue.Route;
import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.limits.QuotaDemand;
import java.time.Instant;
import java.util.stream.Stream;

/**
 * The model of a job's next call, and the other candidates.
 *
 * @param history after which the call comes
 * @param held whether all candidates are on hold for long, so that the job waits for the first
 * @param heldUntilMax the job does not wait for the model if it is held beyond this, since another candidate is free before
 */
record RoutePlan(Ranking ranking, History history, boolean held, Instant heldUntilMax) {

    Route route() {
        return ranking.route();
    }

    /** The first candidate, of which there is one. */
    Routed routed() {
        return ranking.candidates().getFirst();
    }

    /** What its call takes of the model's quota. */
    QuotaDemand demand(RenderJob job) {
        ModelCard model = routed().model();
        long tokens = model.inputTokens(job.prompt().resolved().length(), job.inputImages());
        return new QuotaDemand(model.provider(), model.id(), 1, tokens);
    }

    boolean calls(ModelCard model) {
        return route() instanceof Routed routed && routed.model().equals(model);
    }

    /** Whether it is the plan after these attempts. */
    boolean isFor(History other) {
        return other.attempts().equals(history.attempts());
    }

    /** Of all candidates. */
    Stream<ModelCard> models() {
        return ranking.candidates().stream().map(Routed::model);
    }
}
