package dev.renderfleet.worker.providers;

/** Why a call yielded no picture. {@code RetryPolicy} and {@code ModelHold} decide by it. */
public enum FailureKind {
    /** The provider refuses prompt or references; the same input will be refused again. */
    INPUT_REFUSED,
    /** The provider withheld the picture; the same input will be refused again. */
    OUTPUT_REFUSED,
    /** The provider withheld the picture; a retry may succeed. */
    OUTPUT_REFUSED_REROLLABLE,
    /** The model answered without a picture. */
    NO_IMAGE,
    /** The request is invalid or exceeds the model's limits; never retried unchanged. */
    REQUEST_INVALID,
    /** Credentials refused. */
    AUTH_REFUSED,
    /** The provider's account has no credit or billing. */
    BILLING_REFUSED,
    /** The model does not exist (any more). */
    MODEL_GONE,
    /** Per-minute or concurrency quota; nothing was billed. */
    RATE_LIMITED,
    /** Daily quota, reset at the provider's midnight; nothing was billed. */
    DAY_QUOTA_SPENT,
    /** The provider is overloaded, such as HTTP 503; nothing was billed. */
    OVERLOADED,
    /** The provider failed, such as HTTP 500. */
    PROVIDER_FAULT,
    /** The request never reached the provider; nothing was billed. */
    NOT_SENT,
    /** The request was sent and no complete response came; it may have been billed. */
    UNKNOWN_OUTCOME,
    /** A billed response that violates the protocol or has an invalid picture. */
    RESULT_INVALID
}
