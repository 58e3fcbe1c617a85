package dev.renderfleet.testbed.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotUsageTest {

    private List<Double> renders = List.of();
    private int left = 100;

    private final SlotUsage watch = new SlotUsage(() -> renders, () -> left, 16, 3);

    @Test
    void itIsTheMeanOfWhatRunsInTheSlotsOfThoseAtWork() {
        look(16, 16, 16);
        look(16, 0, 8);
        look(8);

        assertThat(watch.mean()).isCloseTo((1 + 0.5 + 0.5) / 3, within(1e-9));
    }

    @Test
    void whereNobodyIsAtWorkOrJobsRunOutNothingIsSampled() {
        assertThat(watch.mean()).isNaN();
        look();
        left = 95;
        look(10);
        assertThat(watch.mean()).isNaN();

        left = 96;
        look(16, 16);
        assertThat(watch.mean()).isEqualTo(1);
    }

    private void look(double... atWork) {
        renders = Arrays.stream(atWork).boxed().toList();
        watch.look();
    }
}
