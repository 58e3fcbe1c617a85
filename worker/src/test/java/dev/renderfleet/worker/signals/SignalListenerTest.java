package dev.renderfleet.worker.signals;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.contracts.wire.SignalCodec;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.job.Cancellations;
import dev.renderfleet.worker.limits.FleetQuotas;
import dev.renderfleet.worker.limits.IgnoredHolds;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.providers.Accounts;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the bytes of a record to the gate of a model. */
class SignalListenerTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    private final ModelLimiter limiter = new ModelLimiter(
            FleetQuotas.NONE, new Slots(1), new IgnoredHolds(), "worker-1", new SettableClock(NOW), () -> 0L);
    private final Cancellations cancellations = new Cancellations(new SettableClock(NOW));
    private final SignalListener listener =
            new SignalListener(limiter, new Accounts(Map.of("gemini", "9f86d081")), _ -> {}, cancellations);

    @Test
    void whatAnotherWorkerFoundOutHoldsTheModelHere() {
        listener.onSignal(hold("worker-2"));

        assertThat(limiter.states()).singleElement().satisfies(gate -> {
            assertThat(gate.provider()).isEqualTo("gemini");
            assertThat(gate.model()).isEqualTo("nano");
            assertThat(gate.heldUntil()).isBetween(NOW.plusSeconds(40), NOW.plusSeconds(41));
        });
    }

    /** A worker with a repaired key goes on beside one with a key that is refused. */
    @Test
    void aRefusedAccountHoldsItsProviderHereOnlyIfItIsOurs() {
        listener.onSignal(providerHold("00000000"));
        assertThat(limiter.providers()).isEmpty();

        listener.onSignal(providerHold("9f86d081"));
        assertThat(limiter.providers()).singleElement().satisfies(provider -> {
            assertThat(provider.provider()).isEqualTo("gemini");
            assertThat(provider.refusedSince()).isEqualTo(NOW);
            assertThat(provider.reason()).isEqualTo(FailureCode.PROVIDER_AUTH);
        });
    }

    @Test
    void aCancelOfTheSchedulerIsNoted() {
        JobId job = JobId.of("acme", "k");
        listener.onSignal(new SignalCodec()
                .encode(new Cancel(job.value(), "render.jobs/0/7", NOW.plusSeconds(60), "scheduler-1")));

        assertThat(cancellations.include(job, "render.jobs/0/7")).isTrue();
    }

    @Test
    void ourOwnFindingIsNotHeardAgain() {
        listener.onSignal(hold("worker-1"));

        assertThat(limiter.states()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "null", "[]", "{\"type\":\"dance\"}", "{\"signal\":\"dance\"}", "\u0000"})
    void whatCannotBeReadIsPassedOver(String value) {
        listener.onSignal(value.getBytes(StandardCharsets.UTF_8));
        listener.onSignal(hold("worker-2"));

        assertThat(limiter.states()).hasSize(1);
    }

    private static byte[] providerHold(String account) {
        return new SignalCodec()
                .encode(new ProviderHold(
                        "gemini", account, NOW.plusSeconds(300), FailureCode.PROVIDER_AUTH, null, "worker-2"));
    }

    private static byte[] hold(String origin) {
        return new SignalCodec()
                .encode(new Hold("gemini", "nano", NOW.plusSeconds(40), FailureCode.RATE_LIMITED, origin));
    }
}
