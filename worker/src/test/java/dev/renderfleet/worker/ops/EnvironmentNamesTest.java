package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class EnvironmentNamesTest {

    @Test
    void namesThatAreNoSettingAreFound() {
        assertThat(EnvironmentNames.unknown(List.of(
                        "PATH",
                        "RENDERFLEET_WORKER_SLOTS",
                        "RENDERFLEET_WORKER_SLOT",
                        "RENDERFLEET_S3_SECRETKEY",
                        "RENDERFLEET_PROVIDERS_GEMINI_API_KEI")))
                .containsExactly(
                        "RENDERFLEET_PROVIDERS_GEMINI_API_KEI", "RENDERFLEET_S3_SECRETKEY", "RENDERFLEET_WORKER_SLOT");
    }

    @Test
    void settingsAreNotFound() {
        assertThat(EnvironmentNames.unknown(List.of(
                        "RENDERFLEET_S3_ENDPOINT",
                        "RENDERFLEET_S3_ACCESS_KEY",
                        "RENDERFLEET_S3_SECRET_KEY",
                        "RENDERFLEET_WORKER_DRAIN_GRACE",
                        "RENDERFLEET_WORKER_SPOOL",
                        "RENDERFLEET_MODELS_FILE",
                        "RENDERFLEET_REFERENCES_ALLOW_PRIVATE_ADDRESSES",
                        "RENDERFLEET_PROVIDERS_GEMINI_BASE_URL")))
                .isEmpty();
    }
}
