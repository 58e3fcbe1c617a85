package dev.renderfleet.sandbox.simulators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.renderfleet.sandbox.simulators.Latency.Distribution;
import java.time.Duration;
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

        assertThat(of(one, "a")).isEqualTo(of(same, "a"));
        assertThat(of(one, "a")).isNotEqualTo(of(one, "b"));
        assertThat(of(one, "a")).isNotEqualTo(of(other, "a"));
    }

    @Test
    void hasTheMedianAndTheTailOfTheModel() {
        System.out.println("seed " + SEED);
        var latency = new Latency(SEED, 1, Optional.empty());

        double[] seconds = IntStream.range(0, 4_000)
                .mapToDouble(n -> of(latency, "prompt " + n).toMillis() / 1000.0)
                .sorted()
                .toArray();

        assertThat(seconds[2_000]).isCloseTo(15, within(1.0));
        assertThat(seconds[3_960]).isCloseTo(40, within(6.0));
    }

    @Test
    void isDividedByTheTimeScale() {
        var slow = of(new Latency(SEED, 1, Optional.empty()), "a");
        var fast = of(new Latency(SEED, 100, Optional.empty()), "a");

        assertThat(fast.toNanos()).isCloseTo(slow.toNanos() / 100, within(2L));
    }

    @Test
    void takesAFixedTimeWhenMedianAndTailAreEqual() {
        var fixed = new Latency(SEED, 10, Optional.of(new Distribution(5, 5)));

        assertThat(of(fixed, "a").toMillis()).isEqualTo(500);
        assertThat(of(fixed, "b").toMillis()).isEqualTo(500);
    }

    private static Duration of(Latency latency, String prompt) {
        return latency.of(Digests.of(prompt), new Distribution(15, 40), null);
    }
}
