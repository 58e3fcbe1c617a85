package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.ledger.Submission;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * A job that could be read, with where it came from.
 *
 * @param record the Kafka record as {@code topic/partition/offset}
 * @param published the record's timestamp, at most {@code taken}: a producer whose clock is ahead gains and loses nothing by it
 * @param taken when the worker took it into its window
 * @param reassigned whether another worker has the record now: what has not been begun here is left to that one
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
    Submission submission() {
        return new Submission(record, published, taken);
    }

    /** The job as events name it. */
    public JobRef ref() {
        return new JobRef(id.value(), job.tenant(), job.idempotencyKey(), fingerprint, job.batchId(), job.labels());
    }
}
