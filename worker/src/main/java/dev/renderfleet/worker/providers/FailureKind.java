package dev.renderfleet.worker.providers;

/** Why a call yielded no picture, in the terms that decide what happens next. */
public enum FailureKind {
    /** The provider refuses prompt or references; the same input will be refused again. */
    INPUT_REFUSED,
    /** The provider drew and withheld; the same input will be refused again. */
    OUTPUT_REFUSED,
    /** The provider drew and withheld, but another roll may pass. */
    OUTPUT_REFUSED_REROLLABLE,
    /** The model answered without a picture. */
    NO_IMAGE,
    /** The request is at fault, or the model's limits were reached: never again as it is. */
    REQUEST_INVALID,
    /** Credentials refused. */
    AUTH_REFUSED,
    /** The account cannot pay. */
    BILLING_REFUSED,
    /** The model does not exist (any more). */
    MODEL_GONE,
    /** Per-minute or concurrency quota; nothing was billed. */
    RATE_LIMITED,
    /** Day quota: nothing more before the provider's midnight; nothing was billed. */
    DAY_QUOTA_SPENT,
    /** The provider is overloaded and says so before drawing; nothing was billed. */
    OVERLOADED,
    /** The provider failed with an answer that says so. */
    PROVIDER_FAULT,
    /** The request never reached the provider; nothing was billed. */
    NOT_SENT,
    /** The request was sent and no whole answer came; it may have been billed. */
    UNKNOWN_OUTCOME,
    /** An answer came, billed, that makes no sense: not the protocol, or not a picture. */
    RESULT_INVALID
}
