package dev.renderfleet.contracts.wire;

import org.jspecify.annotations.Nullable;

/** A record that is no event of version 1: not JSON, a field missing or of the wrong type, or an unknown outcome. */
public final class UnreadableEventException extends RuntimeException {

    private final @Nullable String field;

    UnreadableEventException(@Nullable String field, String message) {
        super(field == null ? message : field + ": " + message);
        this.field = field;
    }

    /** JSON path of the invalid field, or null if the whole record is invalid. */
    public @Nullable String field() {
        return field;
    }
}
