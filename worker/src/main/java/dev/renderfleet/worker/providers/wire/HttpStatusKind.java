package dev.renderfleet.worker.providers.wire;

import dev.renderfleet.worker.providers.FailureKind;

/** What an HTTP status means where the provider's own code says nothing else. */
public final class HttpStatusKind {

    private HttpStatusKind() {}

    /** The failure of a status that is not 2xx. */
    public static FailureKind of(int status) {
        return switch (status) {
            case 401, 403 -> FailureKind.AUTH_REFUSED;
            case 402 -> FailureKind.BILLING_REFUSED;
            case 404 -> FailureKind.MODEL_GONE;
            // A proxy or a gateway on the way: a 407 or 511 asks for credentials, a 421 is for another host.
            case 407, 421, 511 -> FailureKind.NOT_SENT;
            // Sent by gateways while the model may still draw.
            case 408, 499, 502, 504 -> FailureKind.UNKNOWN_OUTCOME;
            // A conflict on their side, gone when asked again.
            case 409 -> FailureKind.PROVIDER_FAULT;
            case 429 -> FailureKind.RATE_LIMITED;
            case 503, 529 -> FailureKind.OVERLOADED;
            case 500, 501, 505 -> FailureKind.PROVIDER_FAULT;
            // Above 499 a gateway's, as 524 is: the model may still draw, and bill (ADR 26).
            default ->
                status < 400
                        ? FailureKind.PROVIDER_FAULT
                        : status < 500 ? FailureKind.REQUEST_INVALID : FailureKind.UNKNOWN_OUTCOME;
        };
    }
}
