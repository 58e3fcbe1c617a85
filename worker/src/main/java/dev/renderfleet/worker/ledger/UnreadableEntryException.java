package dev.renderfleet.worker.ledger;

import org.jspecify.annotations.Nullable;

/** A ledger entry is truncated, of another version, or foreign. */
final class UnreadableEntryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableEntryException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
