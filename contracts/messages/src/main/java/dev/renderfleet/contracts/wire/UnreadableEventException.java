package dev.renderfleet.contracts.wire;

import org.jspecify.annotations.Nullable;

/** A record that is no event of version 1: not JSON, a field missing or of a wrong type, an outcome that this version does not know. */
public final class UnreadableEventException extends RuntimeException {

    private final @Nullable String field;

    UnreadableEventException(@Nullable String field, String message) {
        super(field == null ? message : field + ": " + message);
        this.field = field;
    }

    /** JSON path of the field at fault, or null where the whole record is. */
    public @Nullable String field() {
        return field;
    }
}
