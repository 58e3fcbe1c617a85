package dev.renderfleet.sandbox.gemini;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides which effects a call meets: those of the rules in the order they were added, then those of the prompt's own
 * directives. Chance depends on the seed, the request and how often it has come, not on the order of different requests.
 */
public final class RuleBook {
    private final long seed;
    private final List<Standing> rules = new ArrayList<>();
    private final Map<String, Integer> callsByDigest = new HashMap<>();
    private final Map<String, Integer> usesByDirective = new HashMap<>();
    private int nextId = 1;

    public RuleBook(long seed) {
        this.seed = seed;
    }

    /** A rule in force: how many calls it still waits for (-1 = all). */
    public record Standing(int id, Rule rule, int remaining, int applied) {}

    /** Adds a rule and returns its number. Fails at once if no behaviour has that name. */
    public synchronized int add(Rule rule) {
        var _ = rule.effect();
        rules.add(new Standing(nextId, rule, rule.count() == null ? -1 : rule.count(), 0));
        return nextId++;
    }

    public synchronized List<Standing> standing() {
        return List.copyOf(rules);
    }

    public synchronized void clear() {
        rules.clear();
        usesByDirective.clear();
        callsByDigest.clear();
    }

    synchronized List<Effect> effectsFor(GenerateCall call) {
        int nth = callsByDigest.merge(call.digest(), 1, Integer::sum);
        var effects = new ArrayList<Effect>();
        rules.replaceAll(standing -> applied(standing, call, nth, effects));
        var directives = Directives.in(call.prompt());
        for (int position = 0; position < directives.size(); position++) {
            var directive = directives.get(position);
            int uses = usesByDirective.merge(position + "/" + call.prompt(), 1, Integer::sum);
            if (directive.times().isEmpty() || uses <= directive.times().getAsInt()) {
                effects.add(directive.effect());
            }
        }
        return effects;
    }

    private Standing applied(Standing standing, GenerateCall call, int nth, List<Effect> effects) {
        Double probability = standing.rule().match().probability();
        if (standing.remaining() == 0
                || !standing.rule().concerns(call)
                || (probability != null
                        && Digests.unit(seed, "rule-" + standing.id() + "-" + nth, call.digest()) >= probability)) {
            return standing;
        }
        effects.add(standing.rule().effect());
        int remaining = standing.remaining() < 0 ? -1 : standing.remaining() - 1;
        return new Standing(standing.id(), standing.rule(), remaining, standing.applied() + 1);
    }
}
