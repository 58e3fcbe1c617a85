package dev.renderfleet.worker.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One delivery of a job's record.
 *
 * @param record as {@code topic/partition/offset}
 * @param published the record's timestamp, at most {@code taken}, whatever the producer's clock says
 * @param taken when this worker received it; distinguishes redeliveries
 * @param replayOnly whether it asks for the stored outcome and never for another run after a failure
 * @param tenant of the job; null: not known
 */
public record Submission(
        String record,
        Instant published,
        Instant taken,
        boolean replayOnly,
        @Nullable String tenant) {
    public Submission {
        published = published.isAfter(taken) ? taken : published;
    }

    /** Of a job whose tenant is not known. */
    public Submission(String record, Instant published, Instant taken, boolean replayOnly) {
        this(record, published, taken, replayOnly, null);
    }

    /** Of a job whose tenant is not known, by a record that may begin another run. */
    public Submission(String record, Instant published, Instant taken) {
        this(record, published, taken, false);
    }

    /** The same delivery, of that tenant's job. */
    public Submission of(String knownTenant) {
        return new Submission(record, published, taken, replayOnly, knownTenant);
    }

    String run() {
        return record + "@" + taken;
    }
}
