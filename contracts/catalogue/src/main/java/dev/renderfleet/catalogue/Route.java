package dev.renderfleet.catalogue;

import dev.renderfleet.contracts.event.FailureCode;
import org.jspecify.annotations.Nullable;

/** What the router says of a job. */
public sealed interface Route {

    /**
     * This model draws it.
     *
     * @param reason a sentence for people
     * @param worstUsdMicros what one call costs at most
     */
    record Routed(ModelCard model, String reason, long worstUsdMicros) implements Route {}

    /** No model draws it; the message names rule and remedy. */
    record Unroutable(FailureCode code, @Nullable String field, String message) implements Route {}
}
