package dev.renderfleet.worker.ledger;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.worker.ledger.LedgerEntry.Claimed;
import dev.renderfleet.worker.ledger.LedgerEntry.History;

/** The exclusive right to call a model for a job. */
public record Claim(JobId job, String etag, Claimed entry) {
    /** Earlier attempts. */
    public History history() {
        return entry.history();
    }
}
