package dev.renderfleet.worker.storage;

import org.jspecify.annotations.Nullable;

/** Object storage is unavailable or sent an unexpected response. A write may or may not have happened. */
public final class StorageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StorageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
