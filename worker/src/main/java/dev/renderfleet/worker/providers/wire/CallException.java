package dev.renderfleet.worker.providers.wire;

import dev.renderfleet.worker.providers.FailureKind;
import java.io.IOException;
import java.io.Serial;

/** Carries a call's final result through the HTTP stack and an SDK. Never leaves an adapter. */
public final class CallException extends IOException {

    @Serial
    private static final long serialVersionUID = 1;

    private final FailureKind kind;
    private final String reason;

    public CallException(FailureKind kind, String reason, String message) {
        super(message);
        this.kind = kind;
        this.reason = reason;
    }

    public CallException(FailureKind kind, String reason, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.reason = reason;
    }

    public FailureKind kind() {
        return kind;
    }

    public String reason() {
        return reason;
    }
}
