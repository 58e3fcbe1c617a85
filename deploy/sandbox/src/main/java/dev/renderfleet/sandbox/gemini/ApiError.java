package dev.renderfleet.sandbox.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * An HTTP error as Google's APIs phrase it. {@code arrayWrapped} is Vertex' and the streaming endpoints' habit of putting
 * the error into an array; {@code retryAfter} adds the header, which Gemini does not send by itself.
 */
public record ApiError(
        int code,
        String status,
        String message,
        List<ObjectNode> details,
        boolean arrayWrapped,
        Optional<String> retryAfter) {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String TYPE = "type.googleapis.com/google.rpc.";

    public ApiError {
        details = List.copyOf(details);
    }

    public static ApiError invalid(String message) {
        return plain(400, "INVALID_ARGUMENT", message);
    }

    public static ApiError wrongKey() {
        var info = JSON.objectNode()
                .put("@type", TYPE + "ErrorInfo")
                .put("reason", "API_KEY_INVALID")
                .put("domain", "googleapis.com");
        return new ApiError(
                400,
                "INVALID_ARGUMENT",
                "API key not valid. Please pass a valid API key.",
                List.of(info),
                false,
                Optional.empty());
    }

    public static ApiError forbidden() {
        return plain(
                403,
                "PERMISSION_DENIED",
                "Method doesn't allow unregistered callers (callers without established identity).");
    }

    public static ApiError noModel(String model) {
        return plain(
                404,
                "NOT_FOUND",
                "models/%s is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models."
                        .formatted(model));
    }

    public static ApiError internal() {
        return plain(500, "INTERNAL", "An internal error has occurred. Please retry or report in the developer forum.");
    }

    public static ApiError unavailable() {
        return plain(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");
    }

    public static ApiError deadline() {
        return plain(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.");
    }

    /** The full form of 429, with the quota's name and when to come back, such as "21s" or "10.673410956s". */
    public static ApiError quota(QuotaKind kind, String model, long limit, String retryDelay) {
        var violation = JSON.objectNode().put("quotaMetric", kind.metric()).put("quotaId", kind.quotaId());
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
                "You exceeded your current quota, please check your plan and billing details.\n* Quota exceeded for metric: %s, limit: %d, model: %s\nPlease retry in %s."
                        .formatted(kind.metric(), limit, model, retryDelay);
        return new ApiError(429, "RESOURCE_EXHAUSTED", message, List.of(failure, help, retry), false, Optional.empty());
    }

    /** The short form of 429, of a shared quota: no details, no hint when to come back. */
    public static ApiError exhausted() {
        return plain(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).");
    }

    public ApiError inArray() {
        return new ApiError(code, status, message, details, true, retryAfter);
    }

    public ApiError withRetryAfter(String value) {
        return new ApiError(code, status, message, details, arrayWrapped, Optional.of(value));
    }

    public JsonNode toJson() {
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

    private static ApiError plain(int code, String status, String message) {
        return new ApiError(code, status, message, List.of(), false, Optional.empty());
    }
}
