package dev.renderfleet.contracts.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.wire.Golden;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobIdTest {

    /** Computed by another implementation (Python's hashlib), so that any language can check itself by them. */
    static Stream<JsonNode> vectors() {
        return Golden.json(new String(Golden.resource("/vectors/job-id.json"), StandardCharsets.UTF_8))
                .get("vectors")
                .valueStream();
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void isTheDigestOfTenantAndKey(JsonNode vector) {
        JobId id = JobId.of(
                vector.get("tenant").textValue(), vector.get("idempotencyKey").textValue());

        assertThat(id).hasToString(vector.get("jobId").textValue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0123456789abcdef0123456789abcdef0123456",
                "0123456789abcdef0123456789abcdef012345678",
                "0123456789ABCDEF0123456789ABCDEF01234567",
                "g123456789abcdef0123456789abcdef01234567",
                "１123456789abcdef0123456789abcdef01234567"
            })
    void refusesOtherSpellings(String text) {
        assertThat(JobId.isValid(text)).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> new JobId(text));
    }
}
