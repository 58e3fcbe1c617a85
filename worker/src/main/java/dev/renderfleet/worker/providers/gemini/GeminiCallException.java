package dev.renderfleet.worker.providers.gemini;

import dev.renderfleet.worker.providers.FailureKind;
import java.io.IOException;
import java.io.Serial;

/** Carries a call's final result through the HTTP stack and the SDK. Never leaves this package. */
final class GeminiCallException extends IOException {

    @Serial
    private static final long serialVersionUID = 1;

    private final FailureKind kind;
    private final String reason;

    GeminiCallException(FailureKind kind, String reason, String message) {
        super(message);
        this.kind = kind;
        this.reason = reason;
    }

    GeminiCallException(FailureKind kind, String reason, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.reason = reason;
    }

    FailureKind kind() {
        return kind;
    }

    String reason() {
        return reason;
    }
}
