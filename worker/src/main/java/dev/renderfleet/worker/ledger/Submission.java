package dev.renderfleet.worker.ledger;

import java.time.Instant;

/**
 * A record that asks for a job, in one handling of it.
 *
 * @param record as {@code topic/partition/offset}
 * @param published the record's timestamp
 * @param taken when this handling began; a redelivery of the record is another handling
 */
public record Submission(String record, Instant published, Instant taken) {

    String run() {
        return record + "@" + taken;
    }
}
