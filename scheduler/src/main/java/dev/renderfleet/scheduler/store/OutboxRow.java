package dev.renderfleet.scheduler.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the scheduler publishes itself: an event, a dead letter, or both in one transaction.
 *
 * @param id of the event; without event, of the dead letter
 */
public record OutboxRow(
        String id, @Nullable OwnEvent event, @Nullable DeadLetter letter) {

    /** An outcome of the scheduler's own. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record OwnEvent(String jobId, Map<String, String> headers, byte[] value) {}

    /** A record that could not be read as a job. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record DeadLetter(byte @Nullable [] key, Map<String, String> headers, byte @Nullable [] value) {}
}
