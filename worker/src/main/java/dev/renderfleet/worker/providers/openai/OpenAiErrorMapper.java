package dev.renderfleet.worker.providers.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.HttpStatusKind;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.RetryHint;
import java.time.InstantSource;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/** Maps OpenAI's error JSON, or a gateway's response, to a failure. The code in the error decides, else the status. */
final class OpenAiErrorMapper {

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
     * @param error the field {@code error}, or whatever is in its place
     * @param text for a body that has no such field
     */
    NotDrawn map(int status, Headers headers, JsonNode error, String text) {
        String message = error.path("message").asText("");
        String code = error.path("code").asText("");
        String type = error.path("type").asText("");
        String reason = redactor.redact(!code.isEmpty() ? code : type);
        return new NotDrawn(
                kind(status, code, type, headers.get("x-should-retry")),
                reason == null ? "HTTP_" + status : reason,
                redactor.redact(message.isEmpty() ? text : message),
                RetryHint.of(headers, message, clock.instant()),
                Usage.NONE,
                redactor.redact(headers.get(OpenAiImageProvider.REQUEST_ID)));
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
