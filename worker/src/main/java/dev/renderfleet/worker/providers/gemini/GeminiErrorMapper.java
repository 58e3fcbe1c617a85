package dev.renderfleet.worker.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.gemini.GeminiCall.ErrorResponse;
import dev.renderfleet.worker.providers.wire.HttpStatusKind;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.RetryHint;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Maps a refusal to a failure: Google's error JSON, the same in an array or in an answer with status 200, or a gateway's response. The
 * status decides, of status 200 the code in the error; body and headers refine it.
 */
final class GeminiErrorMapper {

    private static final JsonMapper JSON = new JsonMapper();

    /** Not merely "billing": the common per-minute refusal says "check your plan and billing details". */
    private static final Pattern CANNOT_PAY = Pattern.compile(
            "credits? (balance )?(is|are|has been|have been) depleted|prepa(id|y(ment)?) (credits?|balance)"
                    + "|spend(ing)?[ -]?(cap|limit)|requires billing|enable billing|billing (account )?(is |has been )?"
                    + "(not (been )?enabled|disabled|closed)|BILLING_DISABLED|payment required",
            Pattern.CASE_INSENSITIVE);

    /** As for a model that the free tier does not have; the delay beside it is no promise. */
    private static final Pattern NO_QUOTA = Pattern.compile("limit: 0\\b(?![.,]\\d)|\"quotaValue\":\"0\"");

    private static final Pattern BAD_KEY =
            Pattern.compile("API[ _]KEY[ _](INVALID|not valid|expired|not found)", Pattern.CASE_INSENSITIVE);

    private static final Pattern UNSUPPORTED_LOCATION =
            Pattern.compile("location is not supported", Pattern.CASE_INSENSITIVE);

    private static final Pattern ASKS_TO_RETRY = Pattern.compile("please (retry|try again)", Pattern.CASE_INSENSITIVE);

    private final Redactor redactor;
    private final InstantSource clock;

    GeminiErrorMapper(Redactor redactor, InstantSource clock) {
        this.redactor = redactor;
        this.clock = clock;
    }

    NotDrawn map(ErrorResponse answer) {
        JsonNode error = error(answer.body());
        String message = error.path("message").asText("");
        String text = message + " " + error.path("status").asText("") + " " + error.path("details");
        int status = answer.status() == 200 ? codeInAnswer(error) : answer.status();
        FailureKind kind = kind(status, error, text);
        return new NotDrawn(
                kind,
                reason(status, error, kind),
                redactor.redact(message.isEmpty() ? answer.body() : message),
                retryAfter(kind, answer, error, message),
                Usage.NONE,
                null);
    }

    private static int codeInAnswer(JsonNode error) {
        int code = error.path("code").asInt();
        return code >= 400 && code <= 599 ? code : 500;
    }

    private static FailureKind kind(int status, JsonNode error, String text) {
        boolean cannotPay = CANNOT_PAY.matcher(text).find();
        return switch (status) {
            case 400 -> badRequest(text, cannotPay);
            case 403 -> cannotPay ? FailureKind.BILLING_REFUSED : FailureKind.AUTH_REFUSED;
            case 429 -> cannotPay ? FailureKind.BILLING_REFUSED : quota(error, text);
            default -> HttpStatusKind.of(status);
        };
    }

    private static FailureKind badRequest(String text, boolean cannotPay) {
        if (BAD_KEY.matcher(text).find() || UNSUPPORTED_LOCATION.matcher(text).find()) {
            return FailureKind.AUTH_REFUSED;
        }
        boolean precondition = text.contains("FAILED_PRECONDITION");
        if (precondition && cannotPay) {
            return FailureKind.BILLING_REFUSED;
        }
        return ASKS_TO_RETRY.matcher(text).find() ? FailureKind.REQUEST_REFUSED : FailureKind.REQUEST_INVALID;
    }

    private static FailureKind quota(JsonNode error, String text) {
        if (NO_QUOTA.matcher(text).find()) {
            return FailureKind.NO_QUOTA;
        }
        boolean day = details(error, "violations")
                .flatMap(violations -> StreamSupport.stream(violations.spliterator(), false))
                .anyMatch(violation -> violation.path("quotaId").asText("").contains("PerDay"));
        return day ? FailureKind.DAY_QUOTA_SPENT : FailureKind.RATE_LIMITED;
    }

    private String reason(int status, JsonNode error, FailureKind kind) {
        if (kind == FailureKind.AUTH_REFUSED && error.path("details").toString().contains("API_KEY_INVALID")) {
            return "API_KEY_INVALID";
        }
        String wire = redactor.redact(error.path("status").asText(""));
        return wire == null ? "HTTP_" + status : wire;
    }

    private @Nullable Duration retryAfter(FailureKind kind, ErrorResponse answer, JsonNode error, String message) {
        if (kind == FailureKind.DAY_QUOTA_SPENT) {
            return null; // Beside it the provider names seconds. It lasts until the provider's midnight.
        }
        Duration info = details(error, "retryDelay")
                .map(delay -> RetryHint.fromSeconds(delay.asText("")))
                .filter(delay -> delay != null)
                .findFirst()
                .orElse(null);
        if (info != null) {
            return info;
        }
        Duration header =
                answer.retryAfter() == null ? null : RetryHint.fromHeader(answer.retryAfter(), clock.instant());
        return header != null ? header : RetryHint.fromText(message);
    }

    /** The field's values in all details. */
    private static Stream<JsonNode> details(JsonNode error, String field) {
        return StreamSupport.stream(error.path("details").spliterator(), false)
                .map(detail -> detail.path(field))
                .filter(value -> !value.isMissingNode());
    }

    private static JsonNode error(String body) {
        try {
            JsonNode root = JSON.readTree(body);
            return (root.isArray() ? root.path(0) : root).path("error");
        } catch (IOException e) {
            // Not JSON, or truncated.
            return MissingNode.getInstance();
        }
    }
}
