package dev.renderfleet.contracts.event;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The published list of reasons for {@code failed} and {@code rejected}. On the wire in lower case with underscores.
 * Consumers must expect codes that they do not know.
 */
public enum FailureCode {
    // Rejected: nothing was called, nothing was spent.
    /** The record is not JSON, or not a JSON object, or nested too deeply. */
    MALFORMED(false),
    /** The record is larger than a worker reads. */
    TOO_LARGE(false),
    /** A field breaks its rule. */
    INVALID_FIELD(false),
    /** The same tenant and key were published before with other deciding fields. */
    IDEMPOTENCY_CONFLICT(false),
    /** No model of that name. */
    UNKNOWN_MODEL(false),
    /** The model's provider has switched it off; the message names the successor. */
    RETIRED_MODEL(false),
    /** No model, or not the named one, offers what the job asks for. */
    UNSUPPORTED(false),
    /** A reference may not be read: foreign tenant, private address, forbidden scheme. */
    REFERENCE_FORBIDDEN(false),
    /** A reference is not a picture, too large, or differs from its digest. */
    REFERENCE_INVALID(false),
    /** A reference could not be fetched. */
    REFERENCE_UNAVAILABLE(true),
    /** The worst price is above the job's budget. */
    BUDGET_EXCEEDED(false),
    /** The deadline passed before the job was started. */
    DEADLINE_PASSED(false),

    // Failed: a model was called, or the attempt to do so failed for good.
    /** The provider refuses the prompt or a reference. */
    INPUT_REFUSED(false),
    /** The provider drew and withheld the picture. */
    OUTPUT_REFUSED(false),
    /** The model answered without a picture, also after re-rolls. */
    NO_IMAGE(true),
    /** The provider calls the request invalid. */
    REQUEST_INVALID(false),
    /** The provider refuses the credentials. */
    PROVIDER_AUTH(true),
    /** The provider's account cannot pay. */
    PROVIDER_BILLING(true),
    /** The provider does not know the model (any more). */
    MODEL_GONE(false),
    /** Refused for quota until the attempts or the deadline ran out. */
    RATE_LIMITED(true),
    /** The provider was overloaded until the attempts ran out. */
    OVERLOADED(true),
    /** The provider failed until the attempts ran out. */
    PROVIDER_FAULT(true),
    /** The provider could not be reached until the job had waited long enough; nothing was billed. */
    PROVIDER_UNREACHABLE(true),
    /** No answer came, the call may have been billed, and the job's policy forbids another. */
    UNKNOWN_OUTCOME(true),
    /** The answer's bytes are not the picture that was asked for, also after re-rolls. */
    RESULT_INVALID(true),
    /** The picture could not be stored. */
    STORAGE_UNAVAILABLE(true),
    /** A fault of ours; the message has the reference to look for in the logs. */
    INTERNAL(true),

    // Reading side only.
    /**
     * The event carries a code that is younger than this version of the contracts; its message starts with that code in brackets.
     * Never published. What {@code retryable} says in the event still holds; where it says nothing, do not retry.
     */
    UNRECOGNISED(false);

    private final boolean retryable;

    FailureCode(boolean retryable) {
        this.retryable = retryable;
    }

    /** Whether publishing the same job again makes sense without changing it. */
    public boolean retryable() {
        return retryable;
    }

    /** The codes that are published: all but {@link #UNRECOGNISED}. */
    public static Set<FailureCode> published() {
        return Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(UNRECOGNISED)));
    }

    /** The code of that name on the wire; {@link #UNRECOGNISED} for a name that is younger than this version. */
    public static FailureCode ofWireName(String wireName) {
        for (FailureCode code : published()) {
            if (code.wireName().equals(wireName)) {
                return code;
            }
        }
        return UNRECOGNISED;
    }

    /** The name on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
