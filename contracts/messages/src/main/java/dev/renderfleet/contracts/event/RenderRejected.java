package dev.renderfleet.contracts.event;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import org.jspecify.annotations.Nullable;

/**
 * The job was refused before anything was spent.
 *
 * @param code why
 * @param field JSON path of the offending field, such as {@code references[2].uri}; absent where the whole record is at fault
 * @param message one sentence for people that names the rule and the remedy
 */
public record RenderRejected(
        JobRef job,
        boolean replay,
        FailureCode code,
        @Nullable String field,
        String message) implements RenderEvent {

    /** Whether publishing the same job again makes sense without changing it. On the wire too, so that nobody needs the list of codes. */
    public boolean retryable() {
        return code.retryable();
    }
}
