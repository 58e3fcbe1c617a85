package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.job.Reference;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The references that a job needs.
 *
 * @param published of the job's record, which orders the queues
 * @param deadline ends all waits; null: none
 * @param reassigned whether the job is another worker's now; polled at least every 30 s
 */
public record ReferenceDemand(
        String tenant,
        List<Reference> references,
        Instant published,
        @Nullable Instant deadline,
        BooleanSupplier reassigned) {
    public ReferenceDemand {
        references = List.copyOf(references);
    }
}
