package dev.renderfleet.worker.providers;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.Routing.Fallback;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** Why a call yielded no picture. Its traits decide what the call costs, whether the job is retried, and what is held. */
public enum FailureKind {
    /** The provider refuses prompt or references; the same input will be refused again. */
    INPUT_REFUSED(FailureCode.INPUT_REFUSED, Billing.TOKENS, Retry.NEVER, HoldClass.HEALTHY),
    /** The provider withheld the picture; the same input will be refused again. */
    OUTPUT_REFUSED(FailureCode.OUTPUT_REFUSED, Billing.TOKENS, Retry.NEVER, HoldClass.HEALTHY),
    /** The provider withheld the picture; a retry may succeed. */
    OUTPUT_REFUSED_REROLLABLE(FailureCode.OUTPUT_REFUSED, Billing.TOKENS, Retry.BOUNDED, HoldClass.HEALTHY),
    /** The model answered without a picture. */
    NO_IMAGE(FailureCode.NO_IMAGE, Billing.TOKENS, Retry.BOUNDED, HoldClass.HEALTHY),
    /** The request is invalid or exceeds the model's limits; never retried unchanged. */
    REQUEST_INVALID(FailureCode.REQUEST_INVALID, Billing.TOKENS, Retry.NEVER, HoldClass.HEALTHY),
    /** The provider refuses the request and asks to retry; nothing was billed. */
    REQUEST_REFUSED(FailureCode.REQUEST_INVALID, Billing.FREE, Retry.BOUNDED, HoldClass.HEALTHY),
    /** The provider refuses a request that continues a session; without the earlier turns it may accept it. */
    SESSION_REFUSED(FailureCode.REQUEST_INVALID, Billing.TOKENS, Retry.BOUNDED, HoldClass.HEALTHY),
    /** The model stopped without a picture for a reason that no retry is known to help against. */
    STOPPED(FailureCode.NO_IMAGE, Billing.TOKENS, Retry.NEVER, HoldClass.HEALTHY),
    /** The provider has limited the account, and billed the answer that says so. */
    ACCOUNT_LIMITED(FailureCode.PROVIDER_AUTH, Billing.TOKENS, Retry.NEVER, HoldClass.ACCOUNT),
    /** Credentials refused. */
    AUTH_REFUSED(FailureCode.PROVIDER_AUTH, Billing.FREE, Retry.WAIT, HoldClass.ACCOUNT),
    /** The provider's account has no credit or billing. */
    BILLING_REFUSED(FailureCode.PROVIDER_BILLING, Billing.FREE, Retry.WAIT, HoldClass.ACCOUNT),
    /** The model does not exist (any more). */
    MODEL_GONE(FailureCode.MODEL_GONE, Billing.FREE, Retry.BOUNDED, HoldClass.NEUTRAL),
    /** The account has no quota for the model at all; nothing was billed. */
    NO_QUOTA(FailureCode.RATE_LIMITED, Billing.FREE, Retry.WAIT, HoldClass.NO_QUOTA),
    /** Per-minute or concurrency quota; nothing was billed. */
    RATE_LIMITED(FailureCode.RATE_LIMITED, Billing.FREE, Retry.WAIT, HoldClass.QUOTA),
    /** Daily quota, reset at the provider's midnight; nothing was billed. */
    DAY_QUOTA_SPENT(FailureCode.RATE_LIMITED, Billing.FREE, Retry.WAIT, HoldClass.DAY_QUOTA),
    /** The provider is overloaded, such as HTTP 503; nothing was billed. */
    OVERLOADED(FailureCode.OVERLOADED, Billing.FREE, Retry.WAIT, HoldClass.OUTAGE),
    /** The provider failed, such as HTTP 500. */
    PROVIDER_FAULT(FailureCode.PROVIDER_FAULT, Billing.TOKENS, Retry.BOUNDED, HoldClass.OUTAGE),
    /** The request never reached the provider; nothing was billed. */
    NOT_SENT(FailureCode.PROVIDER_UNREACHABLE, Billing.FREE, Retry.WAIT, HoldClass.OUTAGE),
    /** The request was sent and no complete response came; it may have been billed. */
    UNKNOWN_OUTCOME(FailureCode.UNKNOWN_OUTCOME, Billing.WORST_CASE, Retry.BOUNDED, HoldClass.NEUTRAL),
    /** A billed response that violates the protocol or has an invalid picture. */
    RESULT_INVALID(FailureCode.RESULT_INVALID, Billing.PICTURE, Retry.BOUNDED, HoldClass.HEALTHY),
    /** A billed picture whose address had expired when it was fetched, also after asking again. */
    RESULT_EXPIRED(FailureCode.RESULT_INVALID, Billing.PICTURE, Retry.BOUNDED, HoldClass.NEUTRAL);

    /** What a call may have been billed. */
    public enum Billing {
        /** Nothing. */
        FREE,
        /** The tokens that the response reports. */
        TOKENS,
        /** A picture. */
        PICTURE,
        /** Unknown; its worst-case price is assumed. */
        WORST_CASE
    }

    /** Whether the job is retried. */
    public enum Retry {
        /** The same job would fail again. */
        NEVER,
        /** For as long as a job may wait; spends no attempt. */
        WAIT,
        /** A few times. */
        BOUNDED
    }

    /** What a failure says about later calls. */
    public enum HoldClass {
        /** The provider works. */
        HEALTHY(HoldScope.NONE),
        /** Nothing. */
        NEUTRAL(HoldScope.NONE),
        /** The model is refused for seconds or minutes. */
        QUOTA(HoldScope.MODEL),
        /** The model is refused until the provider's midnight. */
        DAY_QUOTA(HoldScope.MODEL),
        /** The model is refused if several calls in a row fail so. */
        OUTAGE(HoldScope.MODEL),
        /** The model is refused until an operator raises its quota. */
        NO_QUOTA(HoldScope.MODEL),
        /** Each call of the provider is refused until an operator repairs the account. */
        ACCOUNT(HoldScope.PROVIDER);

        private final HoldScope scope;

        HoldClass(HoldScope scope) {
            this.scope = scope;
        }

        public HoldScope scope() {
            return scope;
        }
    }

    /** What a failure may hold. */
    public enum HoldScope {
        NONE,
        MODEL,
        PROVIDER
    }

    private final FailureCode code;
    private final Billing billing;
    private final Retry retry;
    private final HoldClass holdClass;

    FailureKind(FailureCode code, Billing billing, Retry retry, HoldClass holdClass) {
        this.code = code;
        this.billing = billing;
        this.retry = retry;
        this.holdClass = holdClass;
    }

    /** Whether a job may go on with another model after this failure. A refusal that spends no attempt is none. */
    public boolean permits(Fallback fallback) {
        return switch (fallback) {
            case NONE -> retry == Retry.WAIT;
            case UNBILLED -> billing == Billing.FREE;
            case ANY -> true;
        };
    }

    /** As {@link #permits}, of each failure with this code after which a job goes on: the ledger has the code only. */
    public static boolean permit(FailureCode code, Fallback fallback) {
        return fallback == Fallback.ANY || allRetried(code, kind -> kind.permits(fallback));
    }

    /** Whether a failure with this code, after which the job went on, is waited for. */
    public static boolean isWaitedFor(FailureCode code) {
        return allRetried(code, kind -> kind.retry == Retry.WAIT);
    }

    private static boolean allRetried(FailureCode code, Predicate<FailureKind> trait) {
        List<FailureKind> kinds = Arrays.stream(values())
                .filter(kind -> kind.code == code && kind.retry != Retry.NEVER)
                .toList();
        return !kinds.isEmpty() && kinds.stream().allMatch(trait);
    }

    /** The published code. */
    public FailureCode code() {
        return code;
    }

    public Billing billing() {
        return billing;
    }

    public Retry retry() {
        return retry;
    }

    public HoldClass holdClass() {
        return holdClass;
    }
}
