package dev.renderfleet.sandbox.simulators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision.Denied;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision.Granted;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class QuotaLimitsTest {
    private static final String MODEL = "gemini-nano-banana-2.1";

    private Instant now = Instant.parse("2026-11-23T10:00:00Z");
    private final QuotaLimits limits = new QuotaLimits(() -> now);

    @Test
    void letsEverythingPassWithoutLimits() {
        for (int call = 0; call < 1_000; call++) {
            assertThat(take("k")).isInstanceOf(Granted.class);
        }
    }

    @Test
    void namesTheQuotaAndWhenToComeBack() {
        limits.set(new SimulatedQuota(null, 2, null, null, null, null));
        take("k");
        take("k");

        assertThat(take("k")).isEqualTo(new Denied(SimulatedQuota.Kind.RPM, 2, Duration.ofSeconds(30)));
    }

    @Test
    void refillsEvenly() {
        limits.set(new SimulatedQuota(null, 60, null, null, null, null));
        for (int call = 0; call < 60; call++) {
            take("k");
        }
        assertThat(take("k")).isInstanceOf(Denied.class);

        now = now.plus(Duration.ofSeconds(1));

        assertThat(take("k")).isInstanceOf(Granted.class);
        assertThat(take("k")).isInstanceOf(Denied.class);
    }

    @Test
    void keepsKeysApart() {
        limits.set(new SimulatedQuota(null, 1, null, null, null, null));

        assertThat(take("one")).isInstanceOf(Granted.class);
        assertThat(take("two")).isInstanceOf(Granted.class);
        assertThat(take("two")).isInstanceOf(Denied.class);
    }

    @Test
    void limitsImagesTokensAndDays() {
        assertThat(kindAfterOne(new SimulatedQuota(null, null, 1, null, null, null)))
                .isEqualTo(SimulatedQuota.Kind.IPM);
        assertThat(kindAfterOne(new SimulatedQuota(null, null, null, 1, null, null)))
                .isEqualTo(SimulatedQuota.Kind.TPM);
        assertThat(kindAfterOne(new SimulatedQuota(null, null, null, null, 1, null)))
                .isEqualTo(SimulatedQuota.Kind.RPD);
    }

    @Test
    void freesItsPlaceWhenACallEnds() {
        limits.set(new SimulatedQuota("gemini-nano-banana-2.1", null, null, null, null, 1));
        var first = (Granted) take("k");
        assertThat(take("k")).isInstanceOf(Denied.class);

        first.permit().close();

        assertThat(take("k")).isInstanceOf(Granted.class);
    }

    private SimulatedQuota.Kind kindAfterOne(SimulatedQuota quota) {
        limits.set(quota);
        take("k");
        return ((Denied) take("k")).kind();
    }

    private Decision take(String key) {
        return limits.take(key, MODEL, 1, 3);
    }
}
