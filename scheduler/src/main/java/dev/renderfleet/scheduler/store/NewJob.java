package dev.renderfleet.scheduler.store;

import org.jspecify.annotations.Nullable;

/**
 * A job as it comes through a door.
 *
 * @param id of 40 hex characters
 * @param fingerprint of 64 hex characters
 * @param model whose line it joins
 * @param body the job as it was handed over
 * @param terms when it may start
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record NewJob(
        String id,
        String fingerprint,
        String tenant,
        String model,
        int priority,
        byte[] body,
        @Nullable String traceparent,
        StartTerms terms) {

    /** A job that may start at any time. */
    public NewJob(
            String id,
            String fingerprint,
            String tenant,
            String model,
            int priority,
            byte[] body,
            @Nullable String traceparent) {
        this(id, fingerprint, tenant, model, priority, body, traceparent, StartTerms.NONE);
    }
}
