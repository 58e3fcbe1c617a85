package dev.renderfleet.sandbox.gemini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.sandbox.gemini.Effect.Delivery;
import dev.renderfleet.sandbox.gemini.Rule.Match;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RuleBookTest {
    private static final long SEED = 7;

    private final RuleBook rules = new RuleBook(SEED);

    @Test
    void appliesARuleAsOftenAsItSays() {
        rules.add(new Rule(null, 2, "GZIP", null));

        assertThat(rules.effectsFor(Calls.prompt("a"))).containsExactly(Delivery.GZIP);
        assertThat(rules.effectsFor(Calls.prompt("b"))).containsExactly(Delivery.GZIP);
        assertThat(rules.effectsFor(Calls.prompt("c"))).isEmpty();
    }

    @Test
    void appliesARuleToItsModelAndPromptOnly() {
        rules.add(new Rule(new Match("gemini-3-pro-image", null, null), null, "HANG", null));
        rules.add(new Rule(new Match(null, "cat", null), null, "DRIP", null));

        assertThat(rules.effectsFor(Calls.prompt("a dog"))).isEmpty();
        assertThat(rules.effectsFor(Calls.prompt("a cat"))).containsExactly(Delivery.DRIP);
    }

    @Test
    void chanceIsTheSameInEveryRunAndCloseToItsProbability() {
        System.out.println("seed " + SEED);
        var match = new Match(null, null, 0.3);
        rules.add(new Rule(match, null, "RESET", null));
        var again = new RuleBook(SEED);
        again.add(new Rule(match, null, "RESET", null));

        int hits = 0;
        for (int n : IntStream.range(0, 1_000).toArray()) {
            var effects = rules.effectsFor(Calls.prompt("prompt " + n));
            assertThat(again.effectsFor(Calls.prompt("prompt " + n))).isEqualTo(effects);
            hits += effects.size();
        }
        assertThat(hits).isBetween(250, 350);
    }

    @Test
    void aDirectiveWithACountEndsForItsPromptAlone() {
        var flaky = Calls.prompt("a boat [[sim:503*2]]");

        assertThat(rules.effectsFor(flaky)).hasSize(1);
        assertThat(rules.effectsFor(flaky)).hasSize(1);
        assertThat(rules.effectsFor(flaky)).isEmpty();
        assertThat(rules.effectsFor(Calls.prompt("a tree [[sim:503*2]]"))).hasSize(1);
    }

    @Test
    void aDirectiveTakesOptions() {
        var effects = rules.effectsFor(Calls.prompt("x [[sim:429 retryDelay=10.673410956s retryAfter=11*1]]"));

        assertThat(effects.getFirst())
                .isInstanceOfSatisfying(
                        Effect.OverQuota.class,
                        over -> assertThat(over.retryDelay()).isEqualTo("10.673410956s"));
    }

    @Test
    void refusesABehaviourThatDoesNotExist() {
        assertThatThrownBy(() -> rules.add(new Rule(null, null, "explode", Map.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("explode");
    }

    @Test
    void directivesAreNoPartOfThePictureDescription() {
        assertThat(Directives.removedFrom("[[sim:GZIP]] a boat [[sim:LATE seconds=2]]"))
                .isEqualTo("a boat");
    }
}
