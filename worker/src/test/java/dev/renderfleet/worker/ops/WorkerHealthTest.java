package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.worker.limits.ModelState;
import dev.renderfleet.worker.limits.ProviderState;
import dev.renderfleet.worker.ops.WorkerLife.State;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.Test;

class WorkerHealthTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    @Test
    void aWorkerThatConsumesIsReady() {
        HealthCheckResponse answer = WorkerHealth.answer(new State.Consuming(), List.of(), List.of());

        assertThat(answer.getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
        assertThat(answer.getData()).isEmpty();
    }

    @Test
    void aHeldModelIsNamedAndTheWorkerStaysReady() {
        var held = new ModelState("gemini", "nano", 7, NOW, FailureCode.RATE_LIMITED, 1);
        var free = new ModelState("gemini", "other", 0, null, null, ModelState.UNLIMITED);
        HealthCheckResponse answer = WorkerHealth.answer(new State.Consuming(), List.of(held, free), List.of());

        assertThat(answer.getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
        assertThat(answer.getData()).hasValue(Map.of("gemini/nano", "held until " + NOW + ": RATE_LIMITED"));
    }

    /** Without jobs there is no canary. */
    @Test
    void aWorkerWhoseCanaryIsDueIsReadyAndNamesTheAccount() {
        var due = new ProviderState("gemini", NOW, null, FailureCode.PROVIDER_AUTH);
        HealthCheckResponse answer = WorkerHealth.answer(new State.Consuming(), List.of(), List.of(due));

        assertThat(answer.getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
        assertThat(answer.getData())
                .hasValueSatisfying(
                        data -> assertThat(data.get("gemini")).asString().contains("one is tried now"));
    }

    @Test
    void aRefusedAccountIsNamedAndTheWorkerIsNotReady() {
        var refused = new ProviderState("gemini", NOW, NOW.plusSeconds(300), FailureCode.PROVIDER_AUTH);
        HealthCheckResponse answer = WorkerHealth.answer(new State.Consuming(), List.of(), List.of(refused));

        assertThat(answer.getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(answer.getData())
                .hasValueSatisfying(data -> assertThat(data.get("gemini"))
                        .asString()
                        .contains(
                                "PROVIDER_AUTH",
                                NOW.toString(),
                                NOW.plusSeconds(300).toString()));
    }
}
