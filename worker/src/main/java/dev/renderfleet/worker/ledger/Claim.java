package dev.renderfleet.worker.ledger;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.worker.ledger.LedgerEntry.Claimed;
import dev.renderfleet.worker.ledger.LedgerEntry.History;

/** The right to call a model for a job, until the lease is over. */
public record Claim(JobId job, String etag, Claimed entry) {
    /** What has been tried before. */
    public History history() {
        return entry.history();
    }
}
