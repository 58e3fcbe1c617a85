package dev.renderfleet.contracts.job;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a model may be chosen.
 *
 * @param requirements capability names the model must offer, such as {@code text-rendering}; at most 16
 * @param preference what to prefer among the models that fit; absent: cost
 * @param fallback whether another model may be used when the first cannot deliver; absent: none
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

    /** Whether another model may step in. On the wire in lower case, words joined by a hyphen. */
    public enum Fallback implements WireNamed {
        NONE,
        /** Only after a failure known not to be billed. */
        UNBILLED,
        /** Also after a failure that may have been billed. */
        ANY
    }
}
