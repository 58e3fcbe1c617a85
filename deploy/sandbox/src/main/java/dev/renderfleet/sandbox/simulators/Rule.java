package dev.renderfleet.sandbox.simulators;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a test says about the calls to come: which of them, how often, and what happens to them. Absent conditions match
 * everything; an absent count never ends. The behaviours' names are those of the prompt directives.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Rule(Match match, @Nullable Integer count, String behaviour, Map<String, String> options) {

    /** Which calls: by model id, by a part of the prompt, and by chance (0 to 1). */
    @JsonInclude(JsonInclude.Include.NON_NULL)
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

    public static Rule always(String behaviour) {
        return new Rule(Match.ALL, null, behaviour, Map.of());
    }

    public Rule times(int calls) {
        return new Rule(match, calls, behaviour, options);
    }

    public Rule forPrompt(String part) {
        return new Rule(new Match(match.model(), part, match.probability()), count, behaviour, options);
    }

    public Rule withProbability(double probability) {
        return new Rule(new Match(match.model(), match.prompt(), probability), count, behaviour, options);
    }

    public Rule option(String name, String value) {
        var more = new HashMap<>(options);
        more.put(name, value);
        return new Rule(match, count, behaviour, more);
    }

    Behaviour named() {
        return new Behaviour(behaviour, options);
    }

    boolean matches(SimulatedCall call) {
        return (match.model() == null || match.model().equals(call.model()))
                && (match.prompt() == null || call.prompt().contains(match.prompt()));
    }
}
