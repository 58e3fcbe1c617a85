package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentNamesTest {

    @ParameterizedTest
    @CsvSource({
        "RENDERFLEET_WORKER_SLOT, RENDERFLEET_WORKER_SLOTS",
        "RENDERFLEET_S3_SECRETKEY, RENDERFLEET_S3_SECRET_KEY",
        "RENDERFLEET_S3_ACCESS_KEY_ID, RENDERFLEET_S3_ACCESS_KEY",
        "RENDERFLEET_PROVIDERS_GEMINI_API_KEI, RENDERFLEET_PROVIDERS_GEMINI_API_KEY",
        "RENDERFLEET_REFERENCES_PRIVATE_ADDRESSES, RENDERFLEET_REFERENCES_ALLOW_PRIVATE_ADDRESSES"
    })
    void aMisspeltNameIsRefusedAndTheNearestSettingNamed(String variable, String nearest) {
        assertThatThrownBy(() -> EnvironmentNames.refuseMisspelt(List.of("PATH", variable)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no such setting: " + variable + " (nearest: " + nearest + ")");
    }

    @Test
    void allMisspeltNamesAreInOneMessage() {
        assertThatThrownBy(() -> EnvironmentNames.refuseMisspelt(
                        List.of("RENDERFLEET_WORKER_SLOT", "RENDERFLEET_S3_BUCKETS", "RENDERFLEET_S3_BUCKET")))
                .hasMessageContaining("RENDERFLEET_WORKER_SLOT ")
                .hasMessageContaining("RENDERFLEET_S3_BUCKETS ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RENDERFLEET_S3_ENDPOINT",
                "RENDERFLEET_S3_ACCESS_KEY",
                "RENDERFLEET_S3_SECRET_KEY",
                "RENDERFLEET_S3_CA_FILE",
                "RENDERFLEET_WORKER_DRAIN_GRACE",
                "RENDERFLEET_WORKER_SPOOL",
                "RENDERFLEET_MODELS_FILE",
                "RENDERFLEET_REFERENCES_ALLOW_PRIVATE_ADDRESSES",
                "RENDERFLEET_PROVIDERS_GEMINI_BASE_URL"
            })
    void settingsAreNotRefused(String variable) {
        assertThatCode(() -> EnvironmentNames.refuseMisspelt(List.of(variable))).doesNotThrowAnyException();
    }

    /** Those of services that are called renderfleet-worker, renderfleet-scheduler and renderfleet-s3. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "RENDERFLEET_SCHEDULER_SERVICE_HOST",
                "RENDERFLEET_WORKER_SERVICE_HOST",
                "RENDERFLEET_WORKER_SERVICE_PORT",
                "RENDERFLEET_WORKER_SERVICE_PORT_HTTP",
                "RENDERFLEET_WORKER_PORT",
                "RENDERFLEET_WORKER_PORT_8080_TCP",
                "RENDERFLEET_WORKER_PORT_8080_TCP_ADDR",
                "RENDERFLEET_WORKER_PORT_8080_TCP_PORT",
                "RENDERFLEET_WORKER_PORT_8080_TCP_PROTO",
                "RENDERFLEET_S3_SERVICE_HOST"
            })
    void variablesOfKubernetesAreNotRefused(String variable) {
        assertThatCode(() -> EnvironmentNames.refuseMisspelt(List.of(variable))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RENDERFLEET_POSTGRES_PASSWORD", "RENDERFLEET_VERSION", "RENDERFLEET"})
    void namesOutsideOfTheGroupsOfSettingsAreNotRefused(String variable) {
        assertThatCode(() -> EnvironmentNames.refuseMisspelt(List.of(variable))).doesNotThrowAnyException();
    }
}
