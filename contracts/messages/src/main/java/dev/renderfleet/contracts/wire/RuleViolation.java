package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.FailureCode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A broken rule, thrown inside a document and caught by the codec, which returns it as a value. Has no stack trace, since invalid
 * input is expected and must stay cheap. Never leaves this package.
 */
final class RuleViolation extends RuntimeException {

    private final FailureCode code;
    private final @Nullable String field;

    RuleViolation(FailureCode code, @Nullable String field, String message) {
        super(message, null, false, false);
        this.code = code;
        this.field = field;
    }

    /** A field that breaks its rule. */
    static RuleViolation invalid(JsonPath field, String message) {
        return new RuleViolation(FailureCode.INVALID_FIELD, field.shown(), message);
    }

    /** Throws if a rule is broken, that is, if there is a sentence about it. */
    static void check(JsonPath field, @Nullable String brokenRule) {
        if (brokenRule != null) {
            throw invalid(field, brokenRule);
        }
    }

    /** A value of another type than the field has. */
    static RuleViolation wrongType(JsonPath field, String what, String wanted, @Nullable Object value) {
        String found = switch (value) {
            case null -> "null";
            case Map<?, ?> _ -> "an object";
            case List<?> _ -> "a list";
            case Number _ -> "a number";
            case Boolean _ -> "true or false";
            default -> "text";
        };
        return invalid(field, String.format(Locale.ROOT, "%s must be %s, not %s", what, wanted, found));
    }

    FailureCode code() {
        return code;
    }

    @Nullable
    String field() {
        return field;
    }

    /** The rule and the remedy; unlike {@link #getMessage()} never null. */
    String rule() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
