package dev.renderfleet.worker.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArmedChaosTest {

    private final AtomicInteger kills = new AtomicInteger();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void killsAtTheChosenPassageOnly(int passage) {
        var chaos = new ArmedChaos(Failpoint.KEPT, passage, null, kills::incrementAndGet);

        for (int i = 1; i <= 10; i++) {
            chaos.at(Failpoint.KEPT);
            assertThat(kills.get()).as("passage %d", i).isEqualTo(i < passage ? 0 : 1);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "KEPT")
    void otherPointsAreNotCounted(Failpoint other) {
        var chaos = new ArmedChaos(Failpoint.KEPT, 1, null, kills::incrementAndGet);

        chaos.at(other);

        assertThat(kills.get()).isZero();
        chaos.at(Failpoint.KEPT);
        assertThat(kills.get()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void killsNowhereUnlessAPointIsChosen(Failpoint point) {
        var chaos = new ArmedChaos(null, 1, PlantedBug.CALL_TWICE, kills::incrementAndGet);

        chaos.at(point);

        assertThat(kills.get()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void theChosenBugShowsInSomeJobsAndNoOther(PlantedBug bug) {
        var chaos = new ArmedChaos(null, 1, PlantedBug.SKIP_STORE, kills::incrementAndGet);

        long shown = IntStream.range(0, 1_000)
                .filter(job -> chaos.has(bug, "job-" + job))
                .count();

        assertThat(chaos.has(bug)).isEqualTo(bug == PlantedBug.SKIP_STORE);
        if (bug == PlantedBug.SKIP_STORE) {
            assertThat(shown).isBetween(50L, 200L);
        } else {
            assertThat(shown).isZero();
        }
    }
}
