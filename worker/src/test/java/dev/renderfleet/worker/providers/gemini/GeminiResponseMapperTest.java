package dev.renderfleet.worker.providers.gemini;

import static dev.renderfleet.worker.providers.gemini.GeminiFixture.USAGE;
import static dev.renderfleet.worker.providers.gemini.GeminiFixture.answer;
import static dev.renderfleet.worker.providers.gemini.GeminiFixture.picturePart;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses with status 200 without a picture, over HTTP. */
class GeminiResponseMapperTest {

    private static final Usage COUNTED = new Usage(13, 1120, 7, 1140);

    @TempDir
    Path temp;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SAFETY",
                "BLOCKLIST",
                "PROHIBITED_CONTENT",
                "IMAGE_SAFETY",
                "OTHER",
                "MODEL_ARMOR",
                "JAILBREAK",
                "BLOCKED_REASON_UNSPECIFIED",
                "A_REASON_TO_COME"
            })
    void blockedPromptIsInputRefused(String reason) {
        NotDrawn answer = new GeminiFixture(temp)
                .refused(ScriptedServer.says(
                        200,
                        "{\"promptFeedback\":{\"blockReason\":\"" + reason
                                + "\",\"blockReasonMessage\":\"not this\"},\"responseId\":\"r-1\"," + USAGE + "}"));

        assertThat(answer).isEqualTo(new NotDrawn(FailureKind.INPUT_REFUSED, reason, "not this", null, COUNTED, "r-1"));
    }

    @ParameterizedTest
    @CsvSource({
        "IMAGE_SAFETY, OUTPUT_REFUSED_REROLLABLE",
        "IMAGE_RECITATION, OUTPUT_REFUSED_REROLLABLE",
        "RECITATION, OUTPUT_REFUSED_REROLLABLE",
        "IMAGE_PROHIBITED_CONTENT, OUTPUT_REFUSED",
        "SAFETY, OUTPUT_REFUSED",
        "PROHIBITED_CONTENT, OUTPUT_REFUSED",
        "BLOCKLIST, OUTPUT_REFUSED",
        "SPII, OUTPUT_REFUSED",
        "NO_IMAGE, NO_IMAGE",
        "IMAGE_OTHER, NO_IMAGE",
        "OTHER, NO_IMAGE",
        "STOP, NO_IMAGE",
        "MAX_TOKENS, REQUEST_INVALID",
        "MALFORMED_FUNCTION_CALL, NO_IMAGE",
        "UNEXPECTED_TOOL_CALL, NO_IMAGE",
        "TOO_MANY_TOOL_CALLS, NO_IMAGE",
        "FINISH_REASON_UNSPECIFIED, NO_IMAGE",
        "LANGUAGE, STOPPED",
        "CONTINUATION, STOPPED",
        "MALFORMED_RESPONSE, STOPPED",
        "A_REASON_TO_COME, STOPPED",
        "MODEL_ARMOR, OUTPUT_REFUSED",
        "ESCALATION, OUTPUT_REFUSED",
        "MISSING_THOUGHT_SIGNATURE, REQUEST_INVALID",
        "PUP_LIMITED_DISABLED, ACCOUNT_LIMITED",
    })
    void finishReasonDecidesWhereNoPictureCame(String reason, FailureKind kind) {
        String json = """
            {"candidates":[{"finishReason":"%s","finishMessage":"the provider's words"}],"responseId":"r-1",%s}\
            """.formatted(reason, USAGE);

        NotDrawn answer = new GeminiFixture(temp).refused(ScriptedServer.says(200, json));

        assertThat(answer).isEqualTo(new NotDrawn(kind, reason, "the provider's words", null, COUNTED, "r-1"));
    }

    @Test
    void aLimitedAccountThatBillsNothingRefusesTheCredentials() {
        NotDrawn answer = new GeminiFixture(temp)
                .refused(ScriptedServer.says(200, "{\"candidates\":[{\"finishReason\":\"PUP_LIMITED_DISABLED\"}]}"));

        assertThat(answer.kind()).isEqualTo(FailureKind.AUTH_REFUSED);
    }

    @Test
    void textInsteadOfAPictureIsTheDetail() {
        NotDrawn answer = new GeminiFixture(temp)
                .refused(ScriptedServer.says(
                        200,
                        answer(
                                "{\"text\":\"hm\",\"thought\":true},{\"text\":\"I cannot\\ndraw \\u202ethis.\"}",
                                "STOP")));

        assertThat(answer.kind()).isEqualTo(FailureKind.NO_IMAGE);
        assertThat(answer.detail()).isEqualTo("I cannot draw this.");
        assertThat(answer.modelVersion()).isEqualTo("gemini-nano-banana-2.1");
    }

    @Test
    void imageTokensAreCountedWhateverElseTheAnswerHas() {
        String json = """
            {"candidates":[{"finishReason":"IMAGE_OTHER"}],"usageMetadata":{"promptTokenCount":12,\
            "candidatesTokenCount":2530,"totalTokenCount":2542,"candidatesTokensDetails":[\
            {"modality":"TEXT","tokenCount":10},{"modality":"IMAGE","tokenCount":2500},{"modality":"IMAGE","tokenCount":20}]}}\
            """;

        assertThat(new GeminiFixture(temp)
                        .refused(ScriptedServer.says(200, json))
                        .usage())
                .isEqualTo(new Usage(12, 2530, 0, 2542, 2520L));
    }

    @Test
    void draftsAreNoPicture() {
        NotDrawn answer = new GeminiFixture(temp)
                .refused(ScriptedServer.says(
                        200, answer(picturePart(new byte[100], ",\"thought\":true"), "IMAGE_SAFETY")));

        assertThat(answer.kind()).isEqualTo(FailureKind.OUTPUT_REFUSED_REROLLABLE);
    }

    @Test
    void withheldWinsOverAPicture() {
        NotDrawn answer = new GeminiFixture(temp)
                .refused(ScriptedServer.says(200, answer(picturePart(new byte[100], ""), "SAFETY")));

        assertThat(answer.kind()).isEqualTo(FailureKind.OUTPUT_REFUSED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"candidates\":[]}",
                "{\"candidates\":[{}]}",
                "{\"candidates\":[{\"content\":{}}]}",
                "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"\"}}]}}]}",
                "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{}}]}}]}",
            })
    void anEmptyResponseIsNoImage(String json) {
        assertThat(new GeminiFixture(temp)
                        .refused(ScriptedServer.says(200, json))
                        .kind())
                .isEqualTo(FailureKind.NO_IMAGE);
    }
}
