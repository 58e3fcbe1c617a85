package dev.renderfleet.worker.ledger;

import java.time.Instant;

/**
 * One delivery of a job's record.
 *
 * @param record as {@code topic/partition/offset}
 * @param published the record's timestamp, at most {@code taken}, whatever the producer's clock says
 * @param taken when this worker received it; distinguishes redeliveries
 * @param replayOnly whether it asks for the stored outcome and never for another run after a failure
 */
public record Submission(String record, Instant published, Instant taken, boolean replayOnly) {
    public Submission {
        published = published.isAfter(taken) ? taken : published;
    }

    public Submission(String record, Instant published, Instant taken) {
        this(record, published, taken, false);
    }

    String run() {
        return record + "@" + taken;
    }
}
