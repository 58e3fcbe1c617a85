package dev.renderfleet.worker.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.ScriptedServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses with a status other than 200, over HTTP. */
class GeminiErrorMapperTest {

    @TempDir
    Path temp;

    private NotDrawn refused(int status, String json, String... headers) {
        return new GeminiFixture(temp).refused(ScriptedServer.says(status, json, headers));
    }

    private static String error(int code, String status, String message, String details) {
        return """
            {"error":{"code":%d,"message":"%s","status":"%s","details":[%s]}}\
            """.formatted(code, message, status, details);
    }

    private static String quota(String quotaId) {
        return """
            {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"m",\
            "quotaId":"%s","quotaDimensions":{"model":"x","location":"global"}}]},\
            {"@type":"type.googleapis.com/google.rpc.Help","links":[{"url":"https://ai.google.dev"}]}\
            """.formatted(quotaId);
    }

    private static String retryInfo(String delay) {
        return "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"" + delay + "\"}";
    }

    /** As the free tier answers for an image model, today with a delay of hours beside it. */
    @ParameterizedTest
    @CsvSource({
        "'limit: 0, model: gemini-3-pro-image', NO_QUOTA",
        "'limit: 0\\nPlease retry in 21s.', NO_QUOTA",
        "'limit: 10, model: gemini-3-pro-image', DAY_QUOTA_SPENT",
        "'limit: 0.5', DAY_QUOTA_SPENT",
        "'limit: 05', DAY_QUOTA_SPENT"
    })
    void aQuotaOfZeroIsNoQuota(String limit, FailureKind kind) {
        String message = STANDARD_429 + " Quota exceeded for metric: generativelanguage.googleapis.com/x, " + limit;
        String details = quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier") + "," + retryInfo("7200s");

        assertThat(refused(429, error(429, "RESOURCE_EXHAUSTED", message, details))
                        .kind())
                .isEqualTo(kind);
    }

    @Test
    void aQuotaValueOfZeroIsNoQuota() {
        String details = quota("PerDay").replace("\"quotaMetric\":\"m\"", "\"quotaValue\":\"0\"");

        assertThat(refused(429, error(429, "RESOURCE_EXHAUSTED", STANDARD_429, details))
                        .kind())
                .isEqualTo(FailureKind.NO_QUOTA);
    }

    private static final String STANDARD_429 =
            "You exceeded your current quota, please check your plan and billing details.";

    @ParameterizedTest
    @CsvSource({
        "400, INVALID_ARGUMENT, Request contains an invalid argument., REQUEST_INVALID",
        "400, INVALID_ARGUMENT, API key not valid. Please pass a valid API key., AUTH_REFUSED",
        "400, FAILED_PRECONDITION, User location is not supported for the API use., AUTH_REFUSED",
        "400, FAILED_PRECONDITION, Please enable billing on project 1., BILLING_REFUSED",
        "400, INVALID_ARGUMENT, Unable to process input image. Please retry or report in the developer forum., REQUEST_REFUSED",
        "401, UNAUTHENTICATED, Request had invalid authentication credentials., AUTH_REFUSED",
        "402, PAYMENT_REQUIRED, pay, BILLING_REFUSED",
        "403, PERMISSION_DENIED, The caller does not have permission, AUTH_REFUSED",
        "403, PERMISSION_DENIED, This API method requires billing to be enabled., BILLING_REFUSED",
        "404, NOT_FOUND, models/x is not found for API version v1beta, MODEL_GONE",
        "407, PROXY_AUTHENTICATION_REQUIRED, the proxy wants credentials, NOT_SENT",
        "408, DEADLINE_EXCEEDED, timeout, UNKNOWN_OUTCOME",
        "409, ABORTED, conflict, PROVIDER_FAULT",
        "413, INVALID_ARGUMENT, Request payload size exceeds the limit, REQUEST_INVALID",
        "421, MISDIRECTED, not here, NOT_SENT",
        "422, INVALID_ARGUMENT, no, REQUEST_INVALID",
        "429, RESOURCE_EXHAUSTED, Resource has been exhausted (e.g. check quota)., RATE_LIMITED",
        "429, RESOURCE_EXHAUSTED, Your prepayment credits are depleted., BILLING_REFUSED",
        "429, RESOURCE_EXHAUSTED, Your project has exceeded its monthly spending cap., BILLING_REFUSED",
        "499, CANCELLED, The operation was cancelled., UNKNOWN_OUTCOME",
        "500, INTERNAL, An internal error has occurred., PROVIDER_FAULT",
        "501, UNIMPLEMENTED, no, PROVIDER_FAULT",
        "502, BAD_GATEWAY, upstream, UNKNOWN_OUTCOME",
        "503, UNAVAILABLE, The model is overloaded. Please try again later., OVERLOADED",
        "504, DEADLINE_EXCEEDED, Deadline expired before operation could complete., UNKNOWN_OUTCOME",
        "505, UNSUPPORTED, no, PROVIDER_FAULT",
        "507, STORAGE, full, UNKNOWN_OUTCOME",
        "511, NETWORK_AUTHENTICATION_REQUIRED, sign in, NOT_SENT",
        "520, UNKNOWN, a gateway cannot read the answer, UNKNOWN_OUTCOME",
        "524, TIMEOUT, a gateway waits no longer, UNKNOWN_OUTCOME",
        "529, OVERLOADED, overloaded, OVERLOADED",
        "598, TIMEOUT, a gateway waits no longer, UNKNOWN_OUTCOME",
        "599, TIMEOUT, a gateway waits no longer, UNKNOWN_OUTCOME",
    })
    void statusAndMessageDecide(int code, String status, String message, FailureKind kind) {
        NotDrawn answer = refused(code, error(code, status, message, ""));

        assertThat(answer.kind()).isEqualTo(kind);
        assertThat(answer.reason()).isEqualTo(status);
        assertThat(answer.detail()).isEqualTo(message);
        assertThat(answer.retryAfter()).isNull();
        assertThat(refused(200, error(code, status, message, "")))
                .as("in an answer with status 200")
                .isEqualTo(answer);
    }

    @Test
    void anErrorInAnAnswerKeepsRetryInfo() {
        NotDrawn answer = refused(
                200, "[" + error(429, "RESOURCE_EXHAUSTED", STANDARD_429, retryInfo("3s")) + "]", "Retry-After: 77");

        assertThat(answer.kind()).isEqualTo(FailureKind.RATE_LIMITED);
        assertThat(answer.retryAfter()).isEqualTo(Duration.ofSeconds(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"error\":\"busy\"}", "{\"error\":{\"code\":14,\"message\":\"busy\"},\"candidates\":[]}"})
    void anErrorInAnAnswerWithoutStatusIsAFaultOfTheProvider(String json) {
        NotDrawn answer = refused(200, json);

        assertThat(answer.kind()).isEqualTo(FailureKind.PROVIDER_FAULT);
        assertThat(answer.detail()).contains("busy");
    }

    @Test
    void anInvalidKeyHasItsOwnReason() {
        NotDrawn answer = refused(
                400, error(400, "INVALID_ARGUMENT", "no", "{\"@type\":\"ErrorInfo\",\"reason\":\"API_KEY_INVALID\"}"));

        assertThat(answer.kind()).isEqualTo(FailureKind.AUTH_REFUSED);
        assertThat(answer.reason()).isEqualTo("API_KEY_INVALID");
    }

    @ParameterizedTest
    @CsvSource({"21s, 21000", "10.673410956s, 10674", "0s, 0", "0.5s, 500", "999999s, 86400000"})
    void rateLimitTakesRetryInfo(String delay, long millis) {
        String details = quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier") + "," + retryInfo(delay);

        NotDrawn answer = refused(429, error(429, "RESOURCE_EXHAUSTED", STANDARD_429, details), "Retry-After: 77");

        assertThat(answer.kind()).isEqualTo(FailureKind.RATE_LIMITED);
        assertThat(answer.retryAfter()).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "30|30000",
                "0|0",
                "Wed, 01 Jul 2026 12:01:30 GMT|90000",
                "Wed, 01 Jul 2026 11:00:00 GMT|0",
            })
    void takesRetryAfterHeader(String header, long millis) {
        NotDrawn answer = refused(
                429,
                "{\"error\":{\"code\":429,\"message\":\"Resource has been"
                        + " exhausted\",\"status\":\"RESOURCE_EXHAUSTED\"}}",
                "Retry-After: " + header);

        assertThat(answer.kind()).isEqualTo(FailureKind.RATE_LIMITED);
        assertThat(answer.retryAfter()).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({
        "Please retry in 10.67s., 10670",
        "Please retry in 250ms., 250",
        "Please retry in 1h2m3.5s., 3723500",
    })
    void takesRetryDelayFromTheMessage(String text, long millis) {
        NotDrawn answer = refused(429, error(429, "RESOURCE_EXHAUSTED", STANDARD_429 + " " + text, ""));

        assertThat(answer.retryAfter()).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-5", "soon", "1e9", "99999999999999999999", "NaN"})
    void ignoresAnInvalidHeader(String header) {
        assertThat(refused(429, error(429, "RESOURCE_EXHAUSTED", "no", ""), "Retry-After: " + header)
                        .retryAfter())
                .isNull();
    }

    @Test
    void aSpentDayQuotaLastsLongerThanTheDelayBesideIt() {
        String details = quota("GenerateRequestsPerDayPerProjectPerModel") + "," + retryInfo("40s");

        NotDrawn answer = refused(429, error(429, "RESOURCE_EXHAUSTED", STANDARD_429, details));

        assertThat(answer.kind()).isEqualTo(FailureKind.DAY_QUOTA_SPENT);
        assertThat(answer.retryAfter()).isNull();
    }

    @Test
    void overloadTakesRetryAfterAndIsNotRetriedByTheHttpClient() {
        NotDrawn answer = refused(503, error(503, "UNAVAILABLE", "overloaded", ""), "Retry-After: 0");

        assertThat(answer.kind()).isEqualTo(FailureKind.OVERLOADED);
        assertThat(answer.retryAfter()).isEqualTo(Duration.ZERO);
    }

    @Test
    void readsErrorsInAnArray() {
        NotDrawn answer =
                refused(429, "[" + error(429, "RESOURCE_EXHAUSTED", STANDARD_429, retryInfo("3s")) + "\n,{}]");

        assertThat(answer.reason()).isEqualTo("RESOURCE_EXHAUSTED");
        assertThat(answer.retryAfter()).isEqualTo(Duration.ofSeconds(3));
    }

    @ParameterizedTest
    @CsvSource({
        "302, PROVIDER_FAULT",
        "404, MODEL_GONE",
        "407, NOT_SENT",
        "418, REQUEST_INVALID",
        "500, PROVIDER_FAULT",
        "502, UNKNOWN_OUTCOME",
        "503, OVERLOADED",
        "524, UNKNOWN_OUTCOME"
    })
    void statusAloneDecidesWhereAGatewayAnswers(int status, FailureKind kind) {
        byte[] html = "<html>\r\n <h1>\u0007Gateway</h1></html>".getBytes(StandardCharsets.UTF_8);

        NotDrawn answer = new GeminiFixture(temp)
                .refused(ScriptedServer.says(status, "text/html", html, "Location: http://127.0.0.1:1/"));

        assertThat(answer.kind()).isEqualTo(kind);
        assertThat(answer.reason()).isEqualTo("HTTP_" + status);
        assertThat(answer.detail()).isEqualTo("<html> <h1> Gateway</h1></html>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "null", "[]", "{\"error\":\"text\"}", "{\"error\":{\"details\":7,\"message\":[]}}"})
    void unknownErrorBodiesFallBackToTheStatus(String body) {
        assertThat(refused(500, body).kind()).isEqualTo(FailureKind.PROVIDER_FAULT);
    }

    @Test
    void detailIsShortAndWithoutTheKey() {
        String message = "Consumer 'api_key:" + GeminiFixture.KEY + "' has been suspended. " + "x".repeat(10_000);

        NotDrawn answer = refused(403, error(403, "PERMISSION_DENIED", message, ""));

        assertThat(answer.detail()).startsWith("Consumer 'api_key:***'");
    }

    @Test
    void theReasonIsShortAndWithoutTheKey() {
        NotDrawn answer = refused(500, error(500, GeminiFixture.KEY + "x".repeat(10_000), "no", ""));

        assertThat(answer.reason()).startsWith("***x").hasSizeLessThanOrEqualTo(500);
    }

    @Test
    void shortensAtFiveHundredCharactersWithoutCuttingOneInTwo() {
        var redactor = new Redactor("secret");

        assertThat(redactor.redact("x".repeat(498) + "🎨🎨")).hasSize(499).endsWith("x…");
        assertThat(redactor.redact("x".repeat(500))).hasSize(500);
        assertThat(redactor.redact("x".repeat(3998) + "secret")).doesNotContain("sec");
        assertThat(redactor.redact(" \n\u0000 ")).isNull();
    }
}
