package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.ledger.Submission;
import dev.renderfleet.worker.references.ReferenceDemand;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * A decoded job and the record that it came from.
 *
 * @param record the Kafka record as {@code topic/partition/offset}
 * @param published the record's timestamp, at most {@code taken}, whatever the producer's clock says
 * @param taken when the worker received it
 * @param reassigned whether the record's partition is assigned to another worker now, so that no new attempt begins here
 */
public record AcceptedJob(
        RenderJob job,
        JobId id,
        String fingerprint,
        String record,
        Instant published,
        Instant taken,
        BooleanSupplier reassigned) {
    public AcceptedJob {
        published = published.isAfter(taken) ? taken : published;
    }

    /** The record as the ledger knows it. */
    public Submission submission() {
        return new Submission(record, published, taken);
    }

    /** What the job needs before it waits for its model. */
    ReferenceDemand referenceDemand() {
        return new ReferenceDemand(job.tenant(), job.references(), published, job.deadline(), reassigned);
    }

    /** The job as events name it. */
    public JobRef ref() {
        return new JobRef(id.value(), job.tenant(), job.idempotencyKey(), fingerprint, job.batchId(), job.labels());
    }
}
