package dev.renderfleet.fleet.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SlotWatchTest {

    private int running;
    private int atWork = 3;
    private int left = 100;

    private final SlotWatch watch = new SlotWatch(() -> running, () -> atWork, () -> left, 16, 3);

    @Test
    void itIsTheMeanOfWhatRunsInTheSlotsOfThoseAtWork() {
        look(48, 3);
        look(24, 3);
        look(8, 1);

        assertThat(watch.mean()).isCloseTo((1 + 0.5 + 0.5) / 3, within(1e-9));
    }

    @Test
    void whatTheDeadHaveLeftBehindFillsNoMoreThanAllSlots() {
        look(40, 2);

        assertThat(watch.mean()).isEqualTo(1);
    }

    @Test
    void whereNobodyIsAtWorkOrJobsRunOutNothingIsSampled() {
        assertThat(watch.mean()).isNaN();
        look(10, 0);
        left = 95;
        look(10, 3);
        assertThat(watch.mean()).isNaN();

        left = 96;
        look(48, 3);
        assertThat(watch.mean()).isEqualTo(1);
    }

    private void look(int runs, int workers) {
        running = runs;
        atWork = workers;
        watch.look();
    }
}
