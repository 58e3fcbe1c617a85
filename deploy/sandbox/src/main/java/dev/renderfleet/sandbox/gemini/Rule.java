package dev.renderfleet.sandbox.gemini;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a test says about the calls to come: which of them, how often, and what happens to them. Absent conditions match
 * everything; an absent count never ends.
 */
public record Rule(Match match, @Nullable Integer count, String behaviour, Map<String, String> options) {

    /** Which calls: by model id, by a part of the prompt, and by chance. */
    public record Match(
            @Nullable String model,
            @Nullable String prompt,
            @Nullable Double probability) {
        static final Match ALL = new Match(null, null, null);
    }

    public Rule(
            @Nullable Match match,
            @Nullable Integer count,
            @Nullable String behaviour,
            @Nullable Map<String, String> options) {
        if (behaviour == null) {
            throw new IllegalArgumentException("a rule needs a behaviour");
        }
        this.match = match == null ? Match.ALL : match;
        this.count = count;
        this.behaviour = behaviour;
        this.options = options == null ? Map.of() : Map.copyOf(options);
    }

    Effect effect() {
        return Effect.named(behaviour, options);
    }

    boolean concerns(GenerateCall call) {
        return (match.model() == null || match.model().equals(call.model().id()))
                && (match.prompt() == null || call.prompt().contains(match.prompt()));
    }
}
