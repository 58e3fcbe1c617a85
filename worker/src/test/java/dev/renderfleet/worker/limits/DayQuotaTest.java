package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DayQuotaTest {

    private static final QuotaDay PACIFIC = new QuotaDay(ZoneId.of("America/Los_Angeles"));

    /** Four in the morning in Los Angeles, eight in the evening in Shanghai. */
    private static final Instant NOON_UTC = Instant.parse("2026-11-23T12:00:00Z");

    @ParameterizedTest
    @CsvSource({"America/Los_Angeles, 20", "UTC, 12", "Asia/Shanghai, 4"})
    void isSpentUntilTheProvidersMidnight(String zone, int hours) {
        var budget = new DayQuota(100, new QuotaDay(ZoneId.of(zone)), 0.5, NOON_UTC);

        assertThat(takeAll(budget, NOON_UTC)).isEqualTo(50);
        assertThat(budget.wait(NOON_UTC)).isEqualTo(Duration.ofHours(hours));
        assertThat(takeAll(budget, NOON_UTC.plus(Duration.ofHours(hours)))).isEqualTo(50);
    }

    @Test
    void theRemainderScalesWithTheShare() {
        var budget = new DayQuota(1_000, PACIFIC, 1, NOON_UTC);
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
            taken += takeAll(new DayQuota(1_000, PACIFIC, fraction, NOON_UTC), NOON_UTC);
        }
        assertThat(taken).isBetween(1_000 - 4, 1_000);
    }

    @Test
    void aShareBelowOneRequestPermitsOne() {
        assertThat(takeAll(new DayQuota(2, PACIFIC, 0.25, NOON_UTC), NOON_UTC)).isEqualTo(1);
        assertThat(takeAll(new DayQuota(2, PACIFIC, 0, NOON_UTC), NOON_UTC)).isZero();
    }

    @Test
    void refundsWhatWasTakenToday() {
        var budget = new DayQuota(10, PACIFIC, 1, NOON_UTC);
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
        assertThat(PACIFIC.end(now)).isEqualTo(end);
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
