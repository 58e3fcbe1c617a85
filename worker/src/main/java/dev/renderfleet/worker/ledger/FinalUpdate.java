package dev.renderfleet.worker.ledger;

/**
 * The last write of a job, ready to be made: by this process, or by one that finds it on this one's disk.
 *
 * @param etag of the claim that it follows
 * @param entry as it will stand in the ledger
 */
public record FinalUpdate(String job, String etag, String entry) {}
