package dev.renderfleet.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

class WindowTest {

    private static final int KIB = 1 << 10;

    private final Credit credit = new Credit();

    @Test
    void neverAsksForMoreThanItMayHold() {
        var window = new Window(100, Long.MAX_VALUE);
        window.open(credit);

        while (credit.left > 0) {
            credit.left--;
            assertThat(window.take(KIB)).isTrue();
        }

        assertThat(window.held()).isEqualTo(100);
    }

    @Test
    void asksAgainForEachThatLeaves() {
        var window = new Window(1, Long.MAX_VALUE);
        window.open(credit);
        credit.left--;
        window.take(KIB);
        assertThat(credit.left).isZero();

        window.leave(KIB);

        assertThat(credit.left).isOne();
        assertThat(window.held()).isZero();
    }

    @Test
    void largeRecordsFillItBeforeTheirNumberDoes() {
        var window = new Window(10_000, 10L * KIB);
        window.open(credit);
        int taken = 0;
        while (credit.left > 0) {
            credit.left--;
            window.take(KIB);
            taken++;
        }
        assertThat(taken).isLessThan(100);

        for (int i = 0; i < taken; i++) {
            window.leave(KIB);
        }

        assertThat(credit.left).isPositive();
    }

    @Test
    void onceClosedItTakesNothingAndAsksForNothing() {
        var window = new Window(10, Long.MAX_VALUE);
        window.open(credit);
        window.take(KIB);
        long before = credit.asked;

        window.close();

        assertThat(window.take(KIB)).isFalse();
        window.leave(KIB);
        assertThat(credit.asked).isEqualTo(before);
    }

    private static final class Credit implements Flow.Subscription {
        private long left;
        private long asked;

        @Override
        public void request(long more) {
            left += more;
            asked += more;
        }

        @Override
        public void cancel() {}
    }
}
