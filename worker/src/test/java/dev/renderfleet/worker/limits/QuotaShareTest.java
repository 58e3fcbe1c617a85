package dev.renderfleet.worker.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class QuotaShareTest {

    private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
    private static final Need NEED = new Need("gemini", "m", 2, 3_000);

    @Test
    void waitsForTheKindThatIsScarcest() {
        assertThat(new QuotaShare(new Quota(60, null, null, null), 1, START).wait(NEED, START))
                .isEqualTo(Duration.ofSeconds(1));
        assertThat(new QuotaShare(new Quota(60, 30, null, null), 1, START).wait(NEED, START))
                .isEqualTo(Duration.ofSeconds(4));
        assertThat(new QuotaShare(new Quota(60, 30, 18_000, null), 1, START).wait(NEED, START))
                .isEqualTo(Duration.ofSeconds(10));
        assertThat(new QuotaShare(new Quota(null, null, null, null), 1, START).wait(NEED, START))
                .isZero();
    }

    @Test
    void takesAndGivesBackEveryKind() {
        var share = new QuotaShare(new Quota(60, 60, 60_000, 1), 1, START);
        Instant now = START.plusSeconds(3);
        assertThat(share.wait(NEED, now)).isZero();

        share.take(NEED);
        assertThat(share.wait(NEED, now)).isEqualTo(Duration.between(now, PacificDay.end(now)));
        share.giveBack(NEED, now);
        assertThat(share.wait(NEED, now)).isZero();
    }

    @Test
    void refusesLimitsAndNeedsThatMakeNoSense() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Quota(0, null, null, null));
        assertThatIllegalArgumentException().isThrownBy(() -> new Quota(null, null, null, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Need("gemini", "m", -1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Need("gemini", "m", 0, -1));
    }
}
