package dev.renderfleet.worker.ledger;

/** Result of updating a claimed entry. */
public sealed interface UpdateResult {
    /** Written. */
    record Updated() implements UpdateResult {}

    /** Another worker took the claim over and now decides the outcome. */
    record ClaimLost() implements UpdateResult {}
}
