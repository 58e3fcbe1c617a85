package dev.renderfleet.worker.job;

import dev.renderfleet.worker.providers.FailureKind;

/** Messages of failed events: what happened, and the remedy. */
final class FailureMessages {

    private FailureMessages() {}

    static String of(FailureKind kind) {
        return switch (kind) {
            case INPUT_REFUSED -> "the provider refuses the prompt or a reference; change them";
            case OUTPUT_REFUSED, OUTPUT_REFUSED_REROLLABLE ->
                "the provider drew an image and withheld it; change the prompt or the references";
            case NO_IMAGE -> "the model answered without an image each time; say more plainly that an image is wanted";
            case STOPPED -> "the model stopped without an image; see its reason; publish again to spend more";
            case ACCOUNT_LIMITED -> "the provider has limited the account; settle that, then publish again";
            case REQUEST_INVALID, REQUEST_REFUSED, SESSION_REFUSED ->
                "the provider calls the request invalid; see its reason";
            case AUTH_REFUSED ->
                "the provider refuses the credentials; check the provider's api-key, then publish again";
            case BILLING_REFUSED -> "the provider's account cannot pay; settle that, then publish again";
            case MODEL_GONE ->
                "the provider does not know the model any more; name another, or update the model catalogue";
            case NO_QUOTA -> "the provider's account has no quota for this model; have it raised, then publish again";
            case RATE_LIMITED, DAY_QUOTA_SPENT ->
                "the provider's quota did not suffice for as long as a job may wait; publish again";
            case OVERLOADED -> "the provider was overloaded for as long as a job may wait; publish again";
            case PROVIDER_FAULT -> "the provider failed each time; publish again later";
            case NOT_SENT -> "the provider could not be reached for as long as a job may wait; publish again";
            case UNKNOWN_OUTCOME ->
                "calls were sent and no whole answer came; they may have been billed; publish again to spend more";
            case RESULT_EXPIRED ->
                "the image was drawn, but its address had expired when it was fetched; publish again to spend more";
            case RESULT_INVALID -> "the answers were not the image that was asked for; publish again to spend more";
        };
    }
}
