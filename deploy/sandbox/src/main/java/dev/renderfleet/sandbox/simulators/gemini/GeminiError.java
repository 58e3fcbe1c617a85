package dev.renderfleet.sandbox.simulators.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision;
import dev.renderfleet.sandbox.simulators.SimulatedQuota.Kind;
import java.util.List;
import java.util.Optional;

/**
 * An HTTP error as Google's APIs phrase it. {@code arrayWrapped} is Vertex' and the streaming endpoints' habit of putting
 * the error into an array; {@code retryAfter} adds the header, which Gemini does not send by itself.
 */
record GeminiError(
        int code,
        String status,
        String message,
        List<ObjectNode> details,
        boolean arrayWrapped,
        Optional<String> retryAfter) {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String TYPE = "type.googleapis.com/google.rpc.";

    GeminiError {
        details = List.copyOf(details);
    }

    static GeminiError invalid(String message) {
        return plain(400, "INVALID_ARGUMENT", message);
    }

    static GeminiError wrongKey() {
        var info = JSON.objectNode()
                .put("@type", TYPE + "ErrorInfo")
                .put("reason", "API_KEY_INVALID")
                .put("domain", "googleapis.com");
        return new GeminiError(
                400,
                "INVALID_ARGUMENT",
                "API key not valid. Please pass a valid API key.",
                List.of(info),
                false,
                Optional.empty());
    }

    static GeminiError wrongToken() {
        return plain(
                401,
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.");
    }

    static GeminiError forbidden() {
        return plain(
                403,
                "PERMISSION_DENIED",
                "Method doesn't allow unregistered callers (callers without established identity).");
    }

    /** A project of Vertex AI takes tokens only. */
    static GeminiError keyForProject() {
        return plain(
                401,
                "UNAUTHENTICATED",
                "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal.");
    }

    static GeminiError noModel(String model) {
        return plain(
                404,
                "NOT_FOUND",
                "models/%s is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models."
                        .formatted(model));
    }

    /**
     * The error that a behaviour asks for. Options are retryDelay and retryAfter; a name that is no error throws an
     * {@link IllegalArgumentException}.
     */
    static GeminiError simulated(Behaviour behaviour, String model) {
        GeminiError error = switch (behaviour.name()) {
            case "400" -> invalid("Request contains an invalid argument.");
            case "400_RETRY" ->
                invalid("Unable to process input image. Please retry or report in the developer forum.");
            case "407" -> plain(407, "PROXY_AUTHENTICATION_REQUIRED", "The proxy wants credentials.");
            case "421" -> plain(421, "MISDIRECTED", "This server does not answer for that host.");
            case "401", "403" -> forbidden();
            case "404" -> noModel("simulated");
            case "429", "429_RPM" -> quota(Kind.RPM, model, behaviour);
            case "429_IPM" -> quota(Kind.IPM, model, behaviour);
            case "429_TPM" -> quota(Kind.TPM, model, behaviour);
            case "429_DAY" -> quota(Kind.RPD, model, behaviour);
            case "429_VERTEX" -> quota(Kind.RPM, model, behaviour).inArray();
            case "429_SHORT" -> exhausted();
            case "500" ->
                plain(
                        500,
                        "INTERNAL",
                        "An internal error has occurred. Please retry or report in the developer forum.");
            case "503" -> plain(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");
            case "504" -> plain(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.");
            default -> throw behaviour.unknown();
        };
        return error.withRetryAfter(Optional.ofNullable(behaviour.options().get("retryAfter")));
    }

    private static GeminiError quota(Kind kind, String model, Behaviour behaviour) {
        return quota(kind, model, 10, behaviour.option("retryDelay", "21s"));
    }

    /** The full form of 429, for a limit that is used up. */
    static GeminiError quota(String model, Decision.Denied denied) {
        double seconds = Math.max(0.001, denied.retryAfter().toNanos() / 1e9);
        return quota(denied.kind(), model, denied.limit(), "%.9fs".formatted(seconds));
    }

    /** The full form of 429, with the quota's name and when to come back, such as "21s" or "10.673410956s". */
    private static GeminiError quota(Kind kind, String model, long limit, String retryDelay) {
        String metric = "generativelanguage.googleapis.com/"
                + switch (kind) {
                    case RPM -> "generate_content_paid_tier_requests";
                    case IPM -> "generate_content_paid_tier_images";
                    case TPM -> "generate_content_paid_tier_input_token_count";
                    case RPD -> "generate_requests_per_model_per_day";
                    case CONCURRENCY -> "generate_content_concurrent_requests";
                };
        String id = switch (kind) {
            case RPM -> "GenerateRequestsPerMinutePerProjectPerModel";
            case IPM -> "GenerateContentImagesPerMinutePerProjectPerModel";
            case TPM -> "GenerateContentInputTokensPerModelPerMinute";
            case RPD -> "GenerateRequestsPerDayPerProjectPerModel";
            case CONCURRENCY -> "GenerateContentConcurrentRequestsPerProjectPerModel";
        };
        var violation = JSON.objectNode().put("quotaMetric", metric).put("quotaId", id);
        violation.putObject("quotaDimensions").put("location", "global").put("model", model);
        violation.put("quotaValue", Long.toString(limit));
        var failure = JSON.objectNode().put("@type", TYPE + "QuotaFailure");
        failure.putArray("violations").add(violation);
        var help = JSON.objectNode().put("@type", TYPE + "Help");
        help.putArray("links")
                .addObject()
                .put("description", "Learn more about Gemini API quotas")
                .put("url", "https://ai.google.dev/gemini-api/docs/rate-limits");
        var retry = JSON.objectNode().put("@type", TYPE + "RetryInfo").put("retryDelay", retryDelay);
        String message =
                "You exceeded your current quota, please check your plan and billing details.\n* SimulatedQuota exceeded for metric: %s, limit: %d, model: %s\nPlease retry in %s."
                        .formatted(metric, limit, model, retryDelay);
        return new GeminiError(
                429, "RESOURCE_EXHAUSTED", message, List.of(failure, help, retry), false, Optional.empty());
    }

    /** The short form of 429, of a shared quota: no details, no hint when to come back. */
    private static GeminiError exhausted() {
        return plain(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).");
    }

    /** Where Vertex AI says so, it is often wrapped. */
    GeminiError inArray() {
        return new GeminiError(code, status, message, details, true, retryAfter);
    }

    private GeminiError withRetryAfter(Optional<String> value) {
        return new GeminiError(code, status, message, details, arrayWrapped, value);
    }

    JsonNode toJson() {
        ObjectNode answer = JSON.objectNode();
        ObjectNode error = answer.putObject("error")
                .put("code", code)
                .put("message", message)
                .put("status", status);
        if (!details.isEmpty()) {
            ArrayNode list = error.putArray("details");
            details.forEach(list::add);
        }
        return arrayWrapped ? JSON.arrayNode().add(answer) : answer;
    }

    private static GeminiError plain(int code, String status, String message) {
        return new GeminiError(code, status, message, List.of(), false, Optional.empty());
    }
}
