package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.providers.QuotaDay;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DayQuotaTest {

    /** Four in the morning in Los Angeles. */
    private static final Instant NOON_UTC = Instant.parse("2026-11-23T12:00:00Z");

    @Test
    void isSpentUntilMidnightPacific() {
        var budget = new DayQuota(100, 0.5, NOON_UTC);

        assertThat(takeAll(budget, NOON_UTC)).isEqualTo(50);
        assertThat(budget.wait(NOON_UTC)).isEqualTo(Duration.ofHours(20));
        assertThat(takeAll(budget, NOON_UTC.plus(Duration.ofHours(20)))).isEqualTo(50);
    }

    @Test
    void theRemainderScalesWithTheShare() {
        var budget = new DayQuota(1_000, 1, NOON_UTC);
        for (int i = 0; i < 600; i++) {
            budget.take();
        }

        budget.share(0.25);
        budget.share(1);
        budget.share(0.5);
        assertThat(takeAll(budget, NOON_UTC)).isEqualTo(200);
        budget.share(1);
        assertThat(takeAll(budget, NOON_UTC)).isZero();
    }

    @Test
    void sharesThatSumToOneStayWithinTheQuota() {
        int taken = 0;
        for (double fraction : new double[] {1 / 3.0, 1 / 3.0, 1 / 6.0, 1 / 6.0}) {
            taken += takeAll(new DayQuota(1_000, fraction, NOON_UTC), NOON_UTC);
        }
        assertThat(taken).isBetween(1_000 - 4, 1_000);
    }

    @Test
    void aShareBelowOneRequestPermitsOne() {
        assertThat(takeAll(new DayQuota(2, 0.25, NOON_UTC), NOON_UTC)).isEqualTo(1);
        assertThat(takeAll(new DayQuota(2, 0, NOON_UTC), NOON_UTC)).isZero();
    }

    @Test
    void refundsWhatWasTakenToday() {
        var budget = new DayQuota(10, 1, NOON_UTC);
        assertThat(takeAll(budget, NOON_UTC)).isEqualTo(10);

        budget.refund(NOON_UTC);
        assertThat(takeAll(budget, NOON_UTC)).isEqualTo(1);
        budget.refund(NOON_UTC.plus(Duration.ofHours(20)));
        assertThat(takeAll(budget, NOON_UTC.plus(Duration.ofHours(20)))).isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-23T07:59:59Z, 2026-11-23T08:00:00Z",
        "2026-11-23T08:00:00Z, 2026-11-24T08:00:00Z",
        "2026-11-01T07:00:00Z, 2026-11-02T08:00:00Z", // 25 hours: summer time ends
        "2026-03-08T08:00:00Z, 2026-03-09T07:00:00Z" // 23 hours: it begins
    })
    void theDayEndsAtMidnightPacific(Instant now, Instant end) {
        assertThat(QuotaDay.end(now)).isEqualTo(end);
    }

    private static int takeAll(DayQuota budget, Instant now) {
        int taken = 0;
        while (budget.wait(now).isZero()) {
            budget.take();
            taken++;
        }
        return taken;
    }
}
