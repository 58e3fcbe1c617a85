package dev.renderfleet.sandbox.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.sandbox.gemini.QuotaEngine.Answer;
import dev.renderfleet.sandbox.gemini.QuotaEngine.Limit;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class QuotaEngineTest {
    private static final GenerateCall CALL = Calls.prompt("a boat");

    private Instant now = Instant.parse("2026-11-23T10:00:00Z");
    private final QuotaEngine engine = new QuotaEngine(() -> now);

    @Test
    void letsEverythingPassWithoutLimits() {
        for (int call = 0; call < 1_000; call++) {
            assertThat(engine.take("k", CALL)).isInstanceOf(Answer.Granted.class);
        }
    }

    @Test
    void namesTheQuotaAndWhenToComeBack() {
        engine.set(new Limit(null, 2, null, null, null, null));
        engine.take("k", CALL);
        engine.take("k", CALL);

        var json = denied(engine.take("k", CALL)).toJson().toString();

        assertThat(json)
                .contains("GenerateRequestsPerMinutePerProjectPerModel")
                .contains("\"retryDelay\":\"30.000000000s\"")
                .contains("gemini-nano-banana-2.1");
    }

    @Test
    void refillsEvenly() {
        engine.set(new Limit(null, 60, null, null, null, null));
        for (int call = 0; call < 60; call++) {
            engine.take("k", CALL);
        }
        assertThat(engine.take("k", CALL)).isInstanceOf(Answer.Denied.class);

        now = now.plus(Duration.ofSeconds(1));

        assertThat(engine.take("k", CALL)).isInstanceOf(Answer.Granted.class);
        assertThat(engine.take("k", CALL)).isInstanceOf(Answer.Denied.class);
    }

    @Test
    void keepsKeysApart() {
        engine.set(new Limit(null, 1, null, null, null, null));

        assertThat(engine.take("one", CALL)).isInstanceOf(Answer.Granted.class);
        assertThat(engine.take("two", CALL)).isInstanceOf(Answer.Granted.class);
        assertThat(engine.take("two", CALL)).isInstanceOf(Answer.Denied.class);
    }

    @Test
    void limitsImagesTokensAndDays() {
        assertThat(quotaIdAfterOne(new Limit(null, null, 1, null, null, null))).contains("ImagesPerMinute");
        assertThat(quotaIdAfterOne(new Limit(null, null, null, 1, null, null))).contains("InputTokens");
        assertThat(quotaIdAfterOne(new Limit(null, null, null, null, 1, null))).contains("RequestsPerDay");
    }

    @Test
    void freesItsPlaceWhenACallEnds() {
        engine.set(new Limit("gemini-nano-banana-2.1", null, null, null, null, 1));
        var first = (Answer.Granted) engine.take("k", CALL);
        assertThat(engine.take("k", CALL)).isInstanceOf(Answer.Denied.class);

        first.permit().close();

        assertThat(engine.take("k", CALL)).isInstanceOf(Answer.Granted.class);
    }

    private String quotaIdAfterOne(Limit limit) {
        engine.set(limit);
        engine.take("k", CALL);
        return denied(engine.take("k", CALL)).toJson().toString();
    }

    private static ApiError denied(Answer answer) {
        return ((Answer.Denied) answer).error();
    }
}
