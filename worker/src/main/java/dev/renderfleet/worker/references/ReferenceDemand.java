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
 * @param parents how many of the references, the first ones, come from the job's parent
 * @param deadline ends all waits; null: none
 * @param reassigned whether the job is another worker's now; polled at least every 30 s
 */
public record ReferenceDemand(
        String tenant,
        List<Reference> references,
        int parents,
        Instant published,
        @Nullable Instant deadline,
        BooleanSupplier reassigned) {
    public ReferenceDemand {
        references = List.copyOf(references);
    }

    /** The references of a job without a parent. */
    public ReferenceDemand(
            String tenant,
            List<Reference> references,
            Instant published,
            @Nullable Instant deadline,
            BooleanSupplier reassigned) {
        this(tenant, references, 0, published, deadline, reassigned);
    }

    /** The field of the job that a reference comes from, such as {@code references[0].uri}. */
    String field(int reference) {
        return reference < parents ? "parent" : "references[" + (reference - parents) + "].uri";
    }
}
