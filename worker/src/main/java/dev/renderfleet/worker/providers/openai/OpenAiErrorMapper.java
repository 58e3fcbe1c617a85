package dev.renderfleet.worker.providers.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.HttpStatusKind;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.RetryHint;
import java.time.InstantSource;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Maps the error JSON of OpenAI or of a server of one's own, or a gateway's response, to a failure. The code in the error decides, else
 * what a server of one's own says, else the status.
 */
final class OpenAiErrorMapper {

    /** Of CUDA, ROCm and Metal. */
    private static final Pattern OUT_OF_MEMORY =
            Pattern.compile("out of memory|OutOfMemoryError|failed to allocate", Pattern.CASE_INSENSITIVE);

    /** vLLM-Omni draws with one model, Xinference with those that it has launched. */
    private static final Pattern OTHER_MODEL =
            Pattern.compile("model mismatch|model not found", Pattern.CASE_INSENSITIVE);

    private final Redactor redactor;
    private final InstantSource clock;

    OpenAiErrorMapper(Redactor redactor, InstantSource clock) {
        this.redactor = redactor;
        this.clock = clock;
    }

    /**
     * The failure.
     *
     * @param status not 2xx; 500 for an error in an answer
     * @param json with {@code error}, or FastAPI's {@code detail}, each an object or a text
     * @param text for a body that has neither
     */
    NotDrawn map(int status, Headers headers, JsonNode json, String text) {
        JsonNode error = json.path("error");
        String message = message(json, text);
        String code = error.path("code").isTextual() ? error.path("code").textValue() : "";
        String type = error.path("type").asText("");
        boolean memory = status == 500 && OUT_OF_MEMORY.matcher(message).find();
        boolean otherModel = status == 400 && OTHER_MODEL.matcher(message).find();
        String reason = memory ? "OUT_OF_MEMORY" : redactor.redact(!code.isEmpty() ? code : type);
        return new NotDrawn(
                otherModel ? FailureKind.MODEL_GONE : kind(status, code, type, headers.get("x-should-retry")),
                reason == null ? "HTTP_" + status : reason,
                redactor.redact(message),
                RetryHint.of(headers, message, clock.instant()),
                Usage.NONE,
                redactor.redact(headers.get(OpenAiImageProvider.REQUEST_ID)));
    }

    private static String message(JsonNode json, String text) {
        return Stream.of(json.at("/error/message"), json.path("message"), json.path("error"), json.path("detail"))
                .filter(JsonNode::isTextual)
                .map(JsonNode::textValue)
                .findFirst()
                .orElse(text);
    }

    private static FailureKind kind(int status, String code, String type, @Nullable String shouldRetry) {
        return switch (code.isEmpty() ? type : code) {
            case "moderation_blocked", "content_policy_violation" -> FailureKind.INPUT_REFUSED;
            case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active" ->
                FailureKind.BILLING_REFUSED;
            case "rate_limit_exceeded" -> FailureKind.RATE_LIMITED;
            case "invalid_api_key" -> FailureKind.AUTH_REFUSED;
            case "model_not_found" -> FailureKind.MODEL_GONE;
            default -> advised(HttpStatusKind.of(status), shouldRetry);
        };
    }

    /** The provider knows better than its status; of a call that may have been billed it does not decide. */
    private static FailureKind advised(FailureKind kind, @Nullable String shouldRetry) {
        if (kind == FailureKind.REQUEST_INVALID && "true".equals(shouldRetry)) {
            return FailureKind.REQUEST_REFUSED;
        }
        return kind == FailureKind.PROVIDER_FAULT && "false".equals(shouldRetry) ? FailureKind.REQUEST_INVALID : kind;
    }
}
