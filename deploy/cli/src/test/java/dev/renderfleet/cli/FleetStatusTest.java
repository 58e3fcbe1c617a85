package dev.renderfleet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FleetStatusTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    @Test
    void theLastSignalOfAModelOrAccountCountsUntilItsEnd() {
        FleetStatus status = FleetStatus.of(
                List.of(
                        new FleetSetup("s3/bucket", null, List.of("gemini", "bfl"), List.of(), "worker-1"),
                        new FleetSetup("s3/bucket", null, List.of("openai"), List.of("bfl"), "worker-2"),
                        new Hold("gemini", "one", NOW.plusSeconds(9), FailureCode.OVERLOADED, "worker-1"),
                        new Hold("gemini", "one", NOW.plusSeconds(60), FailureCode.RATE_LIMITED, "worker-2"),
                        new Hold("gemini", "over", NOW, FailureCode.RATE_LIMITED, "worker-1"),
                        new ProviderHold(
                                "openai", "0123abcd", NOW.plusSeconds(300), FailureCode.PROVIDER_BILLING, NOW, "w"),
                        new ProviderHold("bfl", "0123abcd", NOW.plusSeconds(300), FailureCode.PROVIDER_AUTH, NOW, "w"),
                        new ProviderHold("bfl", "0123abcd", NOW, FailureCode.PROVIDER_AUTH, null, "w")),
                NOW);

        assertThat(status.providers()).containsExactly("gemini", "openai");
        assertThat(status.holds())
                .containsExactly(
                        "gemini/one until 2026-11-30T12:01:00Z: rate_limited",
                        "openai@0123abcd until 2026-11-30T12:05:00Z: provider_billing, the account is refused");
    }
}
