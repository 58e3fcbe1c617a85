package dev.renderfleet.sandbox.gemini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.renderfleet.sandbox.gemini.Latency.Distribution;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LatencyTest {
    private static final long SEED = 4711;

    @Test
    void dependsOnSeedAndRequestAlone() {
        var one = new Latency(SEED, 1, Optional.empty());
        var same = new Latency(SEED, 1, Optional.empty());
        var other = new Latency(SEED + 1, 1, Optional.empty());

        assertThat(one.of(Calls.prompt("a"))).isEqualTo(same.of(Calls.prompt("a")));
        assertThat(one.of(Calls.prompt("a"))).isNotEqualTo(one.of(Calls.prompt("b")));
        assertThat(one.of(Calls.prompt("a"))).isNotEqualTo(other.of(Calls.prompt("a")));
    }

    @Test
    void hasTheMedianAndTheTailOfTheModel() {
        System.out.println("seed " + SEED);
        var latency = new Latency(SEED, 1, Optional.empty());

        double[] seconds = IntStream.range(0, 4_000)
                .mapToDouble(n -> latency.of(Calls.prompt("prompt " + n)).toMillis() / 1000.0)
                .sorted()
                .toArray();

        assertThat(seconds[2_000]).isCloseTo(15, within(1.0));
        assertThat(seconds[3_960]).isCloseTo(40, within(6.0));
    }

    @Test
    void isDividedByTheTimeScale() {
        var slow = new Latency(SEED, 1, Optional.empty()).of(Calls.prompt("a"));
        var fast = new Latency(SEED, 100, Optional.empty()).of(Calls.prompt("a"));

        assertThat(fast.toNanos()).isCloseTo(slow.toNanos() / 100, within(2L));
    }

    @Test
    void takesAFixedTimeWhenMedianAndTailAreEqual() {
        var fixed = new Latency(SEED, 10, Optional.of(new Distribution(5, 5)));

        assertThat(fixed.of(Calls.prompt("a")).toMillis()).isEqualTo(500);
        assertThat(fixed.of(Calls.prompt("b")).toMillis()).isEqualTo(500);
    }
}
