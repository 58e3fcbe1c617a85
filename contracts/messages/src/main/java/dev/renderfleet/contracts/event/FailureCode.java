package dev.renderfleet.contracts.event;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The published reasons for {@code failed} and {@code rejected}. On the wire in lower case with underscores. Consumers must expect
 * unknown codes.
 */
public enum FailureCode {
    // Rejected: no call, no cost.
    /** The record is not JSON, or not a JSON object, or nested too deeply. */
    MALFORMED(false),
    /** The record exceeds the size limit. */
    TOO_LARGE(false),
    /** A field breaks its rule. */
    INVALID_FIELD(false),
    /** The same tenant and key were published before with another fingerprint. */
    IDEMPOTENCY_CONFLICT(false),
    /** No model of that name. */
    UNKNOWN_MODEL(false),
    /** The provider has retired the model; the message names the successor. */
    RETIRED_MODEL(false),
    /** The named model, or every model, lacks a capability that the job requires. */
    UNSUPPORTED(false),
    /** A reference must not be read: other tenant, private address, forbidden scheme. */
    REFERENCE_FORBIDDEN(false),
    /** A reference is not an image, too large, or differs from its digest. */
    REFERENCE_INVALID(false),
    /** A reference could not be fetched. */
    REFERENCE_UNAVAILABLE(true),
    /** The worst-case price exceeds the job's budget. */
    BUDGET_EXCEEDED(false),
    /** The deadline passed before the job started. */
    DEADLINE_PASSED(false),
    /** A job that this one needs did not complete, or was not handed over in time; the message names it. */
    DEPENDENCY_FAILED(false),

    // Failed: a model was called, or the call failed permanently.
    /** The provider refuses the prompt or a reference. */
    INPUT_REFUSED(false),
    /** The provider rendered the image and withheld it. */
    OUTPUT_REFUSED(false),
    /** The model answered without an image, also when called again. */
    NO_IMAGE(true),
    /** The provider reports an invalid request. */
    REQUEST_INVALID(false),
    /** The provider refuses the credentials. */
    PROVIDER_AUTH(true),
    /** The account at the provider has no funds. */
    PROVIDER_BILLING(true),
    /** The provider does not know the model, or no longer. */
    MODEL_GONE(false),
    /** Rate limited until the attempts or the deadline ran out. */
    RATE_LIMITED(true),
    /** The provider was overloaded until the attempts ran out. */
    OVERLOADED(true),
    /** The provider failed until the attempts ran out. */
    PROVIDER_FAULT(true),
    /** The provider could not be reached within the waiting time; nothing was billed. */
    PROVIDER_UNREACHABLE(true),
    /** No answer; the call may have been billed, and the job's policy forbids another. */
    UNKNOWN_OUTCOME(true),
    /** The answer is not the requested image, also when called again. */
    RESULT_INVALID(true),
    /** The image could not be stored. */
    STORAGE_UNAVAILABLE(true),
    /** An internal error; the message has the reference to search for in the logs. */
    INTERNAL(true),

    // Consumers only.
    /**
     * A code of a later version of the contracts; the event's message starts with that code in brackets. Never published. The event's
     * {@code retryable} still applies; if it is absent, do not retry.
     */
    UNRECOGNISED(false);

    private final boolean retryable;

    FailureCode(boolean retryable) {
        this.retryable = retryable;
    }

    /** Whether the unchanged job may succeed when published again. */
    public boolean retryable() {
        return retryable;
    }

    /** All codes but {@link #UNRECOGNISED}. */
    public static Set<FailureCode> published() {
        return Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(UNRECOGNISED)));
    }

    /** The code with that name on the wire; {@link #UNRECOGNISED} for an unknown name. */
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
