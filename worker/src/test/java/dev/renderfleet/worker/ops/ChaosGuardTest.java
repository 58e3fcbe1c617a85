package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChaosGuardTest {

    private static final String KAFKA = "127.0.0.1:9092";
    private static final String S3 = "renderfleet.s3.endpoint";
    private static final String GEMINI_KEY = "renderfleet.providers.gemini.api-key";
    private static final String GEMINI = "renderfleet.providers.gemini.base-url";

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:9092, http://127.0.0.1:9000, http://127.0.0.1:8089",
        "'localhost:9092, 127.0.0.1:9093', http://localhost:9000, http://[::1]:8089",
    })
    void aSandboxMayMisbehave(String kafka, String s3, String gemini) {
        WorkerSettings config = WorkerSettingsTest.config(Map.of(S3, s3, GEMINI_KEY, "key", GEMINI, gemini));

        assertThatCode(() -> ChaosGuard.requireSandbox(config, kafka)).doesNotThrowAnyException();
    }

    @Test
    void aServerOfOnesOwnElsewhereIsRefusedWithoutAKey() {
        assertRefused(Map.of("renderfleet.providers.vllm1.base-url", "http://10.0.0.7:8000"), KAFKA);
    }

    @ParameterizedTest
    @CsvSource({
        "kafka.example.com:9092",
        "'127.0.0.1:9092,kafka.example.com:9092'",
        "127.0.0.1.example.com:9092",
        "10.0.0.1:9092",
        "127.0.0.1@kafka.example.com:9092",
        "SASL_SSL://127.0.0.1:9092",
        "''",
    })
    void aKafkaElsewhereIsRefused(String kafka) {
        assertRefused(Map.of(), kafka);
    }

    @ParameterizedTest
    @CsvSource({
        "https://s3.eu-central-1.amazonaws.com",
        "http://127.0.0.1.example.com:9000",
        "http://10.0.0.1:9000",
        "http://127.0.0.1@example.com",
        "127.0.0.1",
    })
    void aStoreElsewhereIsRefused(String s3) {
        assertRefused(Map.of(S3, s3), KAFKA);
    }

    @ParameterizedTest
    @CsvSource({
        "https://generativelanguage.googleapis.com",
        "http://simulator:8089",
        "http://127.0.0.1.example.com",
    })
    void aProviderElsewhereIsRefused(String gemini) {
        assertRefused(Map.of(GEMINI_KEY, "key", GEMINI, gemini), KAFKA);
    }

    @Test
    void aProviderAtItsOwnAddressIsRefused() {
        assertRefused(Map.of(GEMINI_KEY, "key"), KAFKA);
    }

    @Test
    void aProjectOfVertexElsewhereIsRefused() {
        assertRefused(Map.of("renderfleet.providers.vertex.project", "p"), KAFKA);
    }

    @Test
    void aProviderThatCannotBeCalledMayBeAnywhere() {
        WorkerSettings config = WorkerSettingsTest.config(Map.of(GEMINI, "https://generativelanguage.googleapis.com"));

        assertThatCode(() -> ChaosGuard.requireSandbox(config, KAFKA)).doesNotThrowAnyException();
    }

    private static void assertRefused(Map<String, String> settings, String kafka) {
        WorkerSettings config = WorkerSettingsTest.config(new HashMap<>(settings));

        assertThatThrownBy(() -> ChaosGuard.requireSandbox(config, kafka))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("renderfleet.chaos.*");
    }
}
