package dev.renderfleet.testbed.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DistributionTest {

    @Test
    void percentilesAreMeasurementsThemselves() {
        List<Integer> downwards =
                IntStream.rangeClosed(1, 200).mapToObj(number -> 201 - number).toList();

        assertThat(Distribution.of(downwards)).isEqualTo(new Distribution(200, 1, 100, 180, 198, 200));
    }

    @Test
    void oneMeasurementIsAllOfThem() {
        assertThat(Distribution.of(List.of(7L))).isEqualTo(new Distribution(1, 7, 7, 7, 7, 7));
    }

    @Test
    void nothingCannotBeDescribed() {
        assertThatIllegalArgumentException().isThrownBy(() -> Distribution.of(List.of()));
    }
}
