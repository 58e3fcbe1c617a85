package dev.renderfleet.worker.providers.dashscope;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.HttpStatusKind;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.RetryHint;
import java.time.InstantSource;
import okhttp3.Headers;

/** Maps DashScope's errors, or a gateway's response, to a failure. The code decides; without a known code, the status. */
final class DashScopeErrorMapper {

    private static final String REQUEST_ID = "x-request-id";

    private final Redactor redactor;
    private final InstantSource clock;

    DashScopeErrorMapper(Redactor redactor, InstantSource clock) {
        this.redactor = redactor;
        this.clock = clock;
    }

    NotDrawn refusal(Refused refused) {
        int status = refused.status();
        JsonNode json = refused.json();
        String code = json.path("code").asText("");
        String message = json.path("message").asText("");
        return failure(
                kind(code, message, HttpStatusKind.of(status)),
                code.isEmpty() ? "HTTP_" + status : code,
                message.isEmpty() ? refused.body() : message,
                refused.headers());
    }

    /** The error in a response with status 200, at {@code place}; of an unknown code the provider's fault. */
    NotDrawn error(JsonNode place, Headers headers) {
        String code = place.path("code").asText("");
        String message = place.path("message").asText("");
        FailureKind kind = kind(code, message, FailureKind.PROVIDER_FAULT);
        return failure(kind, code.isEmpty() ? "NO_CODE" : code, message, headers);
    }

    private NotDrawn failure(FailureKind kind, String reason, String detail, Headers headers) {
        String shown = redactor.redact(reason);
        return new NotDrawn(
                kind,
                shown == null ? kind.name() : shown,
                redactor.redact(detail),
                RetryHint.of(headers, detail, clock.instant()),
                Usage.NONE,
                redactor.redact(headers.get(REQUEST_ID)));
    }

    private static FailureKind kind(String code, String message, FailureKind otherwise) {
        return switch (code) {
            case "DataInspectionFailed" ->
                message.startsWith("Output") ? FailureKind.OUTPUT_REFUSED : FailureKind.INPUT_REFUSED;
            case "Arrearage" -> FailureKind.BILLING_REFUSED;
            case "InvalidApiKey", "AccessDenied", "AccessDenied.Unpurchased", "Model.AccessDenied" ->
                FailureKind.AUTH_REFUSED;
            case "ModelNotFound", "Model.NotExist" -> FailureKind.MODEL_GONE;
            case "ModelUnavailable" -> FailureKind.OVERLOADED;
            // The model may still draw.
            case "ServiceUnavailable", "GatewayTimeout" -> FailureKind.UNKNOWN_OUTCOME;
            default -> ofFamily(code, otherwise);
        };
    }

    /** Of codes such as {@code Throttling.RateQuota}. */
    private static FailureKind ofFamily(String code, FailureKind otherwise) {
        return switch (code.replaceFirst("\\..*", "")) {
            case "Throttling" -> FailureKind.RATE_LIMITED;
            case "InvalidParameter", "InvalidURL", "UnsupportedOperation" -> FailureKind.REQUEST_INVALID;
            case "InternalError" -> FailureKind.PROVIDER_FAULT;
            default -> otherwise;
        };
    }
}
