package dev.renderfleet.sandbox.simulators.gemini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision.Denied;
import dev.renderfleet.sandbox.simulators.SimulatedQuota;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerPlanTest {
    private static final String MODEL = "gemini-nano-banana-2.1";

    @Test
    void theLastOfSeveralOutcomesCounts() {
        var plan =
                AnswerPlan.of(MODEL, false, List.of(named("MANY_IMAGES"), named("BLOCK_SAFETY"), named("NEW_REASON")));

        assertThat(plan.describe()).isEqualTo("NEW_REASON");
        assertThat(plan.pictures()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"explode", "", "429_NEVER", "200"})
    void refusesABehaviourThatDoesNotExist(String name) {
        assertThatThrownBy(() -> AnswerPlan.of(MODEL, false, List.of(named(name))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "'");
    }

    @Test
    void namesTheQuotaAndWhenToComeBack() {
        var error = GeminiError.quota(MODEL, new Denied(SimulatedQuota.Kind.RPM, 2, Duration.ofSeconds(30)));

        assertThat(error.toJson().toString())
                .contains("GenerateRequestsPerMinutePerProjectPerModel")
                .contains("\"retryDelay\":\"30.000000000s\"")
                .contains(MODEL);
    }

    private static Behaviour named(String name) {
        return new Behaviour(name, Map.of());
    }
}
