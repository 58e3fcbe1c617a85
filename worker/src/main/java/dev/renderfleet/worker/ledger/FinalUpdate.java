package dev.renderfleet.worker.ledger;

/**
 * The prepared update of a ledger entry to its final state, applied by this process or by a later one on the same disk.
 *
 * @param etag of the claim that it replaces
 * @param entry the final entry's JSON
 */
public record FinalUpdate(String job, String etag, String entry) {}
