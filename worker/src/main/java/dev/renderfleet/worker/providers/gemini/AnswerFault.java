package dev.renderfleet.worker.providers.gemini;

import dev.renderfleet.worker.providers.FailureKind;
import java.io.IOException;
import java.io.Serial;

/** Leaves the HTTP stack and the SDK with a verdict that is already final. Never leaves this package. */
final class AnswerFault extends IOException {

    @Serial
    private static final long serialVersionUID = 1;

    private final FailureKind kind;
    private final String reason;

    AnswerFault(FailureKind kind, String reason, String message) {
        super(message);
        this.kind = kind;
        this.reason = reason;
    }

    AnswerFault(FailureKind kind, String reason, String message, Throwable cause) {
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
