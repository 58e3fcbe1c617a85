package dev.renderfleet.worker.ledger;

import java.time.Instant;

/**
 * One delivery of a job's record.
 *
 * @param record as {@code topic/partition/offset}
 * @param published the record's timestamp
 * @param taken when this worker received it; distinguishes redeliveries
 */
public record Submission(String record, Instant published, Instant taken) {

    String run() {
        return record + "@" + taken;
    }
}
