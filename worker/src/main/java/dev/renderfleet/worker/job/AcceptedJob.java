package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.ledger.Submission;
import dev.renderfleet.worker.references.ReferenceDemand;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * A decoded job and the record that it came from.
 *
 * @param submission the delivery of its record
 * @param reassigned whether the record's partition is assigned to another worker now, so that no new attempt begins here
 */
public record AcceptedJob(
        RenderJob job, JobId id, String fingerprint, Submission submission, BooleanSupplier reassigned) {

    public AcceptedJob {
        submission = submission.of(job.tenant());
    }

    /** An older timestamp, such as 0, is not plausible: Kafka keeps records for so long by default. */
    public static final Duration AGE_MAX = Duration.ofDays(7);

    /** The Kafka record as {@code topic/partition/offset}. */
    public String record() {
        return submission.record();
    }

    /** The record's timestamp, from which waiting is measured; when the worker received it if the timestamp is not plausible. */
    public Instant published() {
        Instant published = submission.published();
        return published.isBefore(taken().minus(AGE_MAX)) ? taken() : published;
    }

    /** When the worker received it. */
    public Instant taken() {
        return submission.taken();
    }

    boolean isBeforeNotBefore(Instant now) {
        Instant notBefore = job.notBefore();
        return notBefore != null && now.isBefore(notBefore);
    }

    boolean isDeadlinePassed(Instant now) {
        Instant deadline = job.deadline();
        return deadline != null && !now.isBefore(deadline);
    }

    /** What the job needs before it waits for its model. */
    ReferenceDemand referenceDemand() {
        return new ReferenceDemand(job.tenant(), job.references(), published(), job.deadline(), reassigned);
    }

    /** The job as events name it. */
    public JobRef ref() {
        return new JobRef(id.value(), job.tenant(), job.idempotencyKey(), fingerprint, job.batchId(), job.labels());
    }
}
