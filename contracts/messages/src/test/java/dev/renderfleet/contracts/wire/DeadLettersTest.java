package dev.renderfleet.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeadLettersTest {

    private final JobCodec codec = new JobCodec();

    @Test
    void saysWhyARecordIsThereAndWhereItWas() {
        var refused = (DecodedJob.Refused) codec.decode(Golden.jobWith("'priority':10"));

        assertThat(DeadLetters.headers(refused, Topics.JOBS, 3, 4_711, 100))
                .isEqualTo(Map.of(
                        "dead-letter-code", "invalid_field",
                        "dead-letter-field", "priority",
                        "dead-letter-reason", refused.message(),
                        "dead-letter-topic", "render.jobs",
                        "dead-letter-partition", "3",
                        "dead-letter-offset", "4711"));
    }

    @Test
    void omitsTheFieldIfTheWholeRecordIsInvalid() {
        var refused = (DecodedJob.Refused) codec.decode("x".getBytes(StandardCharsets.UTF_8));

        assertThat(DeadLetters.headers(refused, Topics.JOBS, 0, 0, 100)).doesNotContainKey(DeadLetters.FIELD);
    }
}
