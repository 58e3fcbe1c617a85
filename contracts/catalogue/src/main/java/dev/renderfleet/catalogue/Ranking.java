package dev.renderfleet.catalogue;

import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.catalogue.Route.Unroutable;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing.Fallback;
import java.util.List;

/**
 * The router's whole answer for a job.
 *
 * @param route the first candidate, or why there is none
 * @param candidates that may draw the job, the best first
 * @param exclusions all other models of the catalogue, in its order
 */
public record Ranking(Route route, List<Routed> candidates, List<Exclusion> exclusions) {

    public Ranking {
        candidates = List.copyOf(candidates);
        exclusions = List.copyOf(exclusions);
    }

    /**
     * Worst-case price of the job in millionths of a US dollar, which its budget covers: of the model that is called, with fallback of
     * the dearest candidate. Failures that may have been billed come on top, within the budget.
     */
    public long worstUsdMicros(RenderJob job) {
        return candidates.stream()
                .limit(job.fallback() == Fallback.NONE ? 1 : candidates.size())
                .mapToLong(candidate -> candidate.model().worstJobUsdMicros(job))
                .max()
                .orElse(0);
    }

    /** A model that does not draw the job, and why. */
    public record Exclusion(ModelCard model, Unroutable reason) {}
}
