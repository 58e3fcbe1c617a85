package dev.renderfleet.contracts.event;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import org.jspecify.annotations.Nullable;

/**
 * The job was refused before any call.
 *
 * @param code reason
 * @param field JSON path of the invalid field, such as {@code references[2].uri}; absent if the whole record is invalid
 * @param message one sentence for people: rule and remedy
 */
public record RenderRejected(
        JobRef job,
        boolean replay,
        FailureCode code,
        @Nullable String field,
        String message) implements RenderEvent {

    /** Whether the unchanged job may succeed when published again. Also on the wire, so that consumers need no list of codes. */
    public boolean retryable() {
        return code.retryable();
    }
}
