package dev.renderfleet.sandbox.simulators;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Decides which behaviours a call meets: those of the rules in the order they were added, then those of the prompt's own
 * directives. Chance depends on the seed, the request and how often it has come, not on the order of different requests.
 * Safe for use by several threads.
 */
public final class Rules {
    private final long seed;
    private final List<ActiveRule> active = new ArrayList<>();
    private final Map<String, Integer> callsByDigest = new HashMap<>();
    private final Map<String, Integer> usesByDirective = new HashMap<>();
    private int nextId = 1;

    public Rules(long seed) {
        this.seed = seed;
    }

    /** A rule in force: how many calls it still waits for (-1 = all). */
    public record ActiveRule(int id, Rule rule, int remaining, int applied) {}

    /** Adds a rule and returns its number; the check throws if no behaviour has that name. */
    public synchronized int add(Rule rule, Consumer<Behaviour> check) {
        check.accept(rule.named());
        active.add(new ActiveRule(nextId, rule, rule.count() == null ? -1 : rule.count(), 0));
        return nextId++;
    }

    public synchronized List<ActiveRule> active() {
        return List.copyOf(active);
    }

    public synchronized void clear() {
        active.clear();
        usesByDirective.clear();
        callsByDigest.clear();
    }

    /** What happens to this call; it counts as applied. */
    public synchronized List<Behaviour> apply(SimulatedCall call) {
        int nth = callsByDigest.merge(call.digest(), 1, Integer::sum);
        var behaviours = new ArrayList<Behaviour>();
        active.replaceAll(rule -> applied(rule, call, nth, behaviours));
        var directives = PromptDirectives.in(call.prompt());
        for (int position = 0; position < directives.size(); position++) {
            var directive = directives.get(position);
            if (!directive.behaviour().option("model", call.model()).equals(call.model())) {
                continue;
            }
            int uses = usesByDirective.merge(position + "/" + call.prompt(), 1, Integer::sum);
            if (directive.times().isEmpty() || uses <= directive.times().getAsInt()) {
                behaviours.add(directive.behaviour());
            }
        }
        return behaviours;
    }

    private ActiveRule applied(ActiveRule one, SimulatedCall call, int nth, List<Behaviour> behaviours) {
        Double probability = one.rule().match().probability();
        if (one.remaining() == 0
                || !one.rule().matches(call)
                || (probability != null
                        && Digests.unit(seed, "rule-" + one.id() + "-" + nth, call.digest()) >= probability)) {
            return one;
        }
        behaviours.add(one.rule().named());
        int remaining = one.remaining() < 0 ? -1 : one.remaining() - 1;
        return new ActiveRule(one.id(), one.rule(), remaining, one.applied() + 1);
    }
}
