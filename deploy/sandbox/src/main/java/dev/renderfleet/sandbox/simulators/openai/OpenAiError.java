package dev.renderfleet.sandbox.simulators.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.QuotaLimits.Decision.Denied;
import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import dev.renderfleet.sandbox.simulators.SimulatedQuota.Kind;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An HTTP error as OpenAI's APIs phrase it; headers beside those of every answer. */
record OpenAiError(
        int status,
        String type,
        @Nullable String code,
        @Nullable String param,
        String message,
        Map<String, String> headers) {

    OpenAiError {
        headers = Map.copyOf(headers);
    }

    static OpenAiError invalid(@Nullable String code, @Nullable String param, String message) {
        return plain(400, "invalid_request_error", code, message).about(param);
    }

    static OpenAiError invalidValue(String param, String value, String supported) {
        return invalid(
                "invalid_value", param, "Invalid value: '%s'. Supported values are: %s.".formatted(value, supported));
    }

    static OpenAiError unknownParameter(String param) {
        return invalid("unknown_parameter", param, "Unknown parameter: '%s'.".formatted(param));
    }

    static OpenAiError missing(String param) {
        return invalid("missing_required_parameter", param, "Missing required parameter: '%s'.".formatted(param));
    }

    /** With the key's two ends, as the real API answers. */
    static OpenAiError wrongKey(String key) {
        String ends = key.length() < 12 ? "" : key.substring(0, 4) + "*".repeat(8) + key.substring(key.length() - 4);
        return plain(
                401,
                "invalid_request_error",
                "invalid_api_key",
                "Incorrect API key provided: %s. You can find your API key at https://platform.openai.com/account/api-keys."
                        .formatted(ends));
    }

    static OpenAiError noModel(String model) {
        return plain(
                404,
                "invalid_request_error",
                "model_not_found",
                "The model '%s' does not exist or you do not have access to it.".formatted(model));
    }

    /** The message holds the whole address, its query included, as the real API's does for pictures of other endpoints. */
    static OpenAiError unreachable(List<Reference> images) {
        String address = images.stream()
                .map(image -> image instanceof Reference.Remote remote ? remote.uri() : "the image")
                .collect(Collectors.joining(", "));
        return invalid("invalid_image_url", "images", "Error while downloading %s.".formatted(address));
    }

    static OpenAiError noRoute(String method, String path) {
        return plain(404, "invalid_request_error", null, "Invalid URL (%s %s)".formatted(method, path));
    }

    static OpenAiError shutDown(String model) {
        return plain(
                404,
                "invalid_request_error",
                "model_not_found",
                "The model '%s' has been deprecated, learn more here: https://platform.openai.com/docs/deprecations"
                        .formatted(model));
    }

    static OpenAiError moderated(String requestId) {
        return plain(
                400,
                "image_generation_user_error",
                "moderation_blocked",
                "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com and include the request ID %s. safety_violations=[violence]."
                        .formatted(requestId));
    }

    /** Of a server of one's own. */
    static OpenAiError busy() {
        return plain(503, "server_error", null, "The queue is full, try again later.");
    }

    static OpenAiError rateLimit(String model, Denied denied) {
        String unit = switch (denied.kind()) {
            case RPM -> "requests per min (RPM)";
            case IPM -> "images per min (IPM)";
            case TPM -> "tokens per min (TPM)";
            case RPD -> "requests per day (RPD)";
            case CONCURRENCY -> "concurrent requests";
        };
        long millis = Math.max(1, denied.retryAfter().toMillis());
        String counted = denied.kind() == Kind.TPM ? "tokens" : "requests";
        return plain(
                        429,
                        counted,
                        "rate_limit_exceeded",
                        "Rate limit reached for %s in organization org-sandbox on %s: Limit %d, Used %d, Requested 1. Please try again in %s."
                                .formatted(model, unit, denied.limit(), denied.limit(), reset(denied.retryAfter())))
                .with("retry-after-ms", Long.toString(millis))
                .with("retry-after", Long.toString((millis + 999) / 1_000))
                .with("x-ratelimit-limit-" + counted, Integer.toString(denied.limit()))
                .with("x-ratelimit-remaining-" + counted, "0")
                .with("x-ratelimit-reset-" + counted, reset(denied.retryAfter()));
    }

    /**
     * The error that a behaviour asks for; options are retryAfter, retryAfterMs and shouldRetry, sent as headers. A name that
     * is no error throws an {@link IllegalArgumentException}.
     */
    static OpenAiError simulated(Behaviour behaviour, String model) {
        OpenAiError error = switch (behaviour.name()) {
            case "400" -> invalid("invalid_value", "prompt", "Invalid value: the request cannot be served.");
            case "401" -> wrongKey("sk-simulated-0000");
            case "403" ->
                plain(
                        403,
                        "invalid_request_error",
                        null,
                        "Your organization must be verified to use the model '%s'.".formatted(model));
            case "404" -> noModel(model);
            case "409" -> plain(409, "conflict_error", "conflict", "The resource is in use by another request.");
            case "429" -> rateLimit(model, new Denied(Kind.IPM, 5, Duration.ofSeconds(12)));
            case "429_TPM" -> rateLimit(model, new Denied(Kind.TPM, 100_000, Duration.ofSeconds(6)));
            case "429_DAY" -> rateLimit(model, new Denied(Kind.RPD, 1_000, Duration.ofMinutes(6)));
            case "429_QUOTA" ->
                plain(
                        429,
                        "insufficient_quota",
                        "insufficient_quota",
                        "You exceeded your current quota, please check your plan and billing details.");
            case "500", "502", "504" ->
                plain(
                        Integer.parseInt(behaviour.name()),
                        "server_error",
                        null,
                        "The server had an error while processing your request. Sorry about that!");
            case "QUEUE_FULL" -> busy();
            case "LOADING" -> plain(503, "server_error", null, "The model is still loading.");
            case "OOM" ->
                plain(
                        500,
                        "server_error",
                        null,
                        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.65 GiB.");
            case "503" -> plain(503, "server_error", null, "The server is overloaded or not ready yet.");
            default -> throw behaviour.unknown();
        };
        var headers =
                Map.of("retryAfter", "retry-after", "retryAfterMs", "retry-after-ms", "shouldRetry", "x-should-retry");
        for (var option : behaviour.options().entrySet()) {
            String header = headers.get(option.getKey());
            error = header == null ? error : error.with(header, option.getValue());
        }
        return error;
    }

    HttpResponse response() {
        ObjectNode body = SimulatorJson.newObject();
        body.putObject("error")
                .put("message", message)
                .put("type", type)
                .put("param", param)
                .put("code", code);
        HttpResponse response = HttpResponse.text(status, "application/json", SimulatorJson.write(body));
        for (var header : headers.entrySet()) {
            response = response.withHeader(header.getKey(), header.getValue());
        }
        return response;
    }

    /** A duration as the rate-limit headers spell it: 120ms, 12s, 6m0s. */
    static String reset(Duration time) {
        if (time.toSeconds() == 0) {
            return time.toMillis() + "ms";
        }
        return (time.toMinutes() == 0 ? "" : time.toMinutes() + "m") + time.toSecondsPart() + "s";
    }

    private OpenAiError about(@Nullable String parameter) {
        return new OpenAiError(status, type, code, parameter, message, headers);
    }

    private OpenAiError with(String header, String value) {
        var more = new HashMap<>(headers);
        more.put(header, value);
        return new OpenAiError(status, type, code, param, message, more);
    }

    private static OpenAiError plain(int status, String type, @Nullable String code, String message) {
        return new OpenAiError(status, type, code, null, message, Map.of());
    }
}
