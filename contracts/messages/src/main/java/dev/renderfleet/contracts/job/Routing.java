package dev.renderfleet.contracts.job;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the router may choose a model.
 *
 * @param requirements capabilities that the model must have, such as {@code text-rendering}; at most 16
 * @param preference what to prefer among suitable models; absent: cost
 * @param fallback whether another model may be used if the first one fails; absent: none, also where no model is named
 */
public record Routing(
        List<String> requirements,
        @Nullable Preference preference,
        @Nullable Fallback fallback) {

    public Routing {
        requirements = List.copyOf(requirements);
    }

    /** What to prefer. On the wire in lower case. */
    public enum Preference implements WireNamed {
        COST,
        QUALITY,
        SPEED
    }

    /** Whether another model may be used after a failure. On the wire in lower case, words joined by a hyphen. */
    public enum Fallback implements WireNamed {
        NONE,
        /** Only after a failure known not to be billed. */
        UNBILLED,
        /** Also after a failure that may have been billed. */
        ANY
    }
}
