package dev.renderfleet.worker.failpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArmedFailpointTest {

    private final AtomicInteger kills = new AtomicInteger();

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theChosenHitOfThePointKillsAndNoOther(int hit) {
        var failpoint = new ArmedFailpoint(Failpoint.KEPT, hit, kills::incrementAndGet);

        for (int i = 1; i <= 5; i++) {
            failpoint.at(Failpoint.KEPT);
            assertThat(kills.get()).isEqualTo(i < hit ? 0 : 1);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Failpoint.class, names = "KEPT", mode = EnumSource.Mode.EXCLUDE)
    void otherPointsKillNothing(Failpoint other) {
        new ArmedFailpoint(Failpoint.KEPT, 1, kills::incrementAndGet).at(other);

        assertThat(kills.get()).isZero();
    }
}
