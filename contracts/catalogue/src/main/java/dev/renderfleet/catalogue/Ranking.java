package dev.renderfleet.catalogue;

import dev.renderfleet.catalogue.Route.Routed;
import dev.renderfleet.catalogue.Route.Unroutable;
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

    /** A model that does not draw the job, and why. */
    public record Exclusion(ModelCard model, Unroutable reason) {}
}
