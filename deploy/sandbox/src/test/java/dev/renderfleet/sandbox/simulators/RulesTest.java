package dev.renderfleet.sandbox.simulators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.sandbox.simulators.Rule.Match;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RulesTest {
    private static final long SEED = 7;

    private final Rules rules = new Rules(SEED);

    @Test
    void appliesARuleAsOftenAsItSays() {
        rules.add(new Rule(null, 2, "GZIP", null), _ -> {});

        assertThat(behaviours(rules, call("a"))).containsExactly("GZIP");
        assertThat(behaviours(rules, call("b"))).containsExactly("GZIP");
        assertThat(behaviours(rules, call("c"))).isEmpty();
    }

    @Test
    void appliesARuleToItsModelAndPromptOnly() {
        rules.add(new Rule(new Match("gemini-3-pro-image", null, null), null, "HANG", null), _ -> {});
        rules.add(new Rule(new Match(null, "cat", null), null, "DRIP", null), _ -> {});

        assertThat(behaviours(rules, call("a dog"))).isEmpty();
        assertThat(behaviours(rules, call("a cat"))).containsExactly("DRIP");
    }

    @Test
    void chanceIsTheSameInEveryRunAndCloseToItsProbability() {
        System.out.println("seed " + SEED);
        var match = new Match(null, null, 0.3);
        rules.add(new Rule(match, null, "RESET", null), _ -> {});
        var again = new Rules(SEED);
        again.add(new Rule(match, null, "RESET", null), _ -> {});

        int hits = 0;
        for (int n : IntStream.range(0, 1_000).toArray()) {
            var effects = behaviours(rules, call("prompt " + n));
            assertThat(behaviours(again, call("prompt " + n))).isEqualTo(effects);
            hits += effects.size();
        }
        assertThat(hits).isBetween(250, 350);
    }

    @Test
    void aDirectiveMayBeForOneModel() {
        assertThat(behaviours(rules, call("a boat [[sim:503 model=flux-2-pro*1]]")))
                .isEmpty();
        String model = call("").model();
        assertThat(behaviours(rules, call("a boat [[sim:503 model=" + model + "*1]]")))
                .containsExactly("503");
    }

    @Test
    void aDirectiveWithACountEndsForItsPromptAlone() {
        var flaky = call("a boat [[sim:503*2]]");

        assertThat(behaviours(rules, flaky)).hasSize(1);
        assertThat(behaviours(rules, flaky)).hasSize(1);
        assertThat(behaviours(rules, flaky)).isEmpty();
        assertThat(behaviours(rules, call("a tree [[sim:503*2]]"))).hasSize(1);
    }

    @Test
    void aDirectiveTakesOptions() {
        var behaviour = rules.apply(call("x [[sim:429 retryDelay=10.673410956s retryAfter=11*1]]"))
                .getFirst();

        assertThat(behaviour.options())
                .containsEntry("retryDelay", "10.673410956s")
                .containsEntry("retryAfter", "11");
    }

    @Test
    void refusesABehaviourThatDoesNotExist() {
        assertThatThrownBy(() -> rules.add(Rule.always("explode"), behaviour -> {
                    throw behaviour.unknown();
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("explode");
        assertThat(rules.active()).isEmpty();
    }

    @Test
    void directivesAreNoPartOfThePictureDescription() {
        assertThat(PromptDirectives.removedFrom("[[sim:GZIP]] a boat [[sim:LATE seconds=2]]"))
                .isEqualTo("a boat");
    }

    private static List<String> behaviours(Rules rules, SimulatedCall call) {
        return rules.apply(call).stream().map(Behaviour::name).toList();
    }

    private static SimulatedCall call(String prompt) {
        return new SimulatedCall("gemini-nano-banana-2.1", prompt, Digests.of(prompt));
    }
}
