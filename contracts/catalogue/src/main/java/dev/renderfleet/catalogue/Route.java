package dev.renderfleet.catalogue;

import dev.renderfleet.contracts.event.FailureCode;
import org.jspecify.annotations.Nullable;

/** The router's decision for a job. */
public sealed interface Route {

    /**
     * The chosen model.
     *
     * @param reason for the choice, for people
     * @param worstUsdMicros worst-case price of one call in millionths of a US dollar
     */
    record Routed(ModelCard model, String reason, long worstUsdMicros) implements Route {}

    /** No model can draw the job; the message names rule and remedy. */
    record Unroutable(FailureCode code, @Nullable String field, String message) implements Route {}
}
