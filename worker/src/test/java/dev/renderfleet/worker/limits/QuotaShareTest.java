package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.renderfleet.catalogue.Quota;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class QuotaShareTest {

    private static final QuotaDay UTC = new QuotaDay(ZoneOffset.UTC);
    private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
    private static final QuotaDemand DEMAND = new QuotaDemand("gemini", "m", 2, 3_000);

    @Test
    void waitsForTheScarcestKind() {
        assertThat(new QuotaShare(new Quota(60, null, null, null), UTC, 1, START).wait(DEMAND, START))
                .isEqualTo(Duration.ofSeconds(1));
        assertThat(new QuotaShare(new Quota(60, 30, null, null), UTC, 1, START).wait(DEMAND, START))
                .isEqualTo(Duration.ofSeconds(4));
        assertThat(new QuotaShare(new Quota(60, 30, 18_000, null), UTC, 1, START).wait(DEMAND, START))
                .isEqualTo(Duration.ofSeconds(10));
        assertThat(new QuotaShare(new Quota(null, null, null, null), UTC, 1, START).wait(DEMAND, START))
                .isZero();
    }

    @Test
    void takesAndRefundsEveryKind() {
        var share = new QuotaShare(new Quota(60, 60, 60_000, 1), UTC, 1, START);
        Instant now = START.plusSeconds(3);
        assertThat(share.wait(DEMAND, now)).isZero();

        share.take(DEMAND);
        assertThat(share.wait(DEMAND, now)).isEqualTo(Duration.between(now, UTC.end(now)));
        share.refund(DEMAND, now);
        assertThat(share.wait(DEMAND, now)).isZero();
    }

    @Test
    void rejectsInvalidLimitsAndDemands() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Quota(0, null, null, null));
        assertThatIllegalArgumentException().isThrownBy(() -> new Quota(null, null, null, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> new QuotaDemand("gemini", "m", -1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new QuotaDemand("gemini", "m", 0, -1));
    }
}
