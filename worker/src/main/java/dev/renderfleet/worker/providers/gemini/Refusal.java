package dev.renderfleet.worker.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.QuotaDay;
import dev.renderfleet.worker.providers.gemini.Exchange.ErrorAnswer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Judges an answer with a status other than 200: Google's error JSON, the same in an array, or whatever a gateway in
 * between says. The status decides; body and headers refine it.
 */
final class Refusal {

    private static final JsonMapper JSON = new JsonMapper();

    /** Not merely "billing": the common per-minute refusal says "check your plan and billing details". */
    private static final Pattern CANNOT_PAY = Pattern.compile(
            "credits? (balance )?(is|are|has been|have been) depleted|prepa(id|y(ment)?) (credits?|balance)"
                    + "|spend(ing)?[ -]?(cap|limit)|requires billing|enable billing|billing (account )?(is |has been )?"
                    + "(not (been )?enabled|disabled|closed)|BILLING_DISABLED|payment required",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern BAD_KEY =
            Pattern.compile("API[ _]KEY[ _](INVALID|not valid|expired|not found)", Pattern.CASE_INSENSITIVE);

    private static final Pattern BAD_PLACE = Pattern.compile("location is not supported", Pattern.CASE_INSENSITIVE);

    /** A gateway that gave up, or closed while the model may still have been drawing. */
    private static final Set<Integer> GAVE_UP = Set.of(408, 499, 502, 504);

    private final SafeText safe;
    private final InstantSource clock;

    Refusal(SafeText safe, InstantSource clock) {
        this.safe = safe;
        this.clock = clock;
    }

    NotDrawn judge(ErrorAnswer answer) {
        JsonNode error = error(answer.body());
        String message = error.path("message").asText("");
        String everything = message + " " + error.path("status").asText("") + " " + error.path("details");
        FailureKind kind = kind(answer.status(), error, everything);
        return new NotDrawn(
                kind,
                reason(answer.status(), error, kind),
                safe.of(message.isEmpty() ? answer.body() : message),
                retryAfter(kind, answer, error, message),
                Usage.NONE,
                null);
    }

    private static FailureKind kind(int status, JsonNode error, String everything) {
        if (GAVE_UP.contains(status)) {
            return FailureKind.UNKNOWN_OUTCOME;
        }
        boolean cannotPay = CANNOT_PAY.matcher(everything).find();
        return switch (status) {
            case 400 -> badRequest(everything, cannotPay);
            case 401 -> FailureKind.AUTH_REFUSED;
            case 402 -> FailureKind.BILLING_REFUSED;
            case 403 -> cannotPay ? FailureKind.BILLING_REFUSED : FailureKind.AUTH_REFUSED;
            case 404 -> FailureKind.MODEL_GONE;
            // ABORTED: a conflict on their side, gone when asked again
            case 409 -> FailureKind.PROVIDER_FAULT;
            case 429 -> cannotPay ? FailureKind.BILLING_REFUSED : quota(error);
            case 503, 529 -> FailureKind.OVERLOADED;
            default -> status >= 400 && status < 500 ? FailureKind.REQUEST_INVALID : FailureKind.PROVIDER_FAULT;
        };
    }

    private static FailureKind badRequest(String everything, boolean cannotPay) {
        if (BAD_KEY.matcher(everything).find() || BAD_PLACE.matcher(everything).find()) {
            return FailureKind.AUTH_REFUSED;
        }
        boolean precondition = everything.contains("FAILED_PRECONDITION");
        return precondition && cannotPay ? FailureKind.BILLING_REFUSED : FailureKind.REQUEST_INVALID;
    }

    private static FailureKind quota(JsonNode error) {
        boolean day = details(error, "violations")
                .flatMap(violations -> StreamSupport.stream(violations.spliterator(), false))
                .anyMatch(violation -> violation.path("quotaId").asText("").contains("PerDay"));
        return day ? FailureKind.DAY_QUOTA_SPENT : FailureKind.RATE_LIMITED;
    }

    private static String reason(int status, JsonNode error, FailureKind kind) {
        if (kind == FailureKind.AUTH_REFUSED && error.path("details").toString().contains("API_KEY_INVALID")) {
            return "API_KEY_INVALID";
        }
        String wire = error.path("status").asText("");
        return wire.isEmpty() ? "HTTP_" + status : wire;
    }

    private @Nullable Duration retryAfter(FailureKind kind, ErrorAnswer answer, JsonNode error, String message) {
        Instant now = clock.instant();
        if (kind == FailureKind.DAY_QUOTA_SPENT) {
            return Duration.between(now, QuotaDay.end(now));
        }
        Duration info = details(error, "retryDelay")
                .map(delay -> RetryHint.fromSeconds(delay.asText("")))
                .filter(delay -> delay != null)
                .findFirst()
                .orElse(null);
        if (info != null) {
            return info;
        }
        Duration header = answer.retryAfter() == null ? null : RetryHint.fromHeader(answer.retryAfter(), now);
        return header != null ? header : RetryHint.fromText(message);
    }

    /** That field of those details that have it. */
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
            // not JSON, or cut off
            return MissingNode.getInstance();
        }
    }
}
