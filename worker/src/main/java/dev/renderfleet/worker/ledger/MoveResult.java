package dev.renderfleet.worker.ledger;

/** What came of moving a claim on. */
public sealed interface MoveResult {
    /** Written. */
    record Moved() implements MoveResult {}

    /** The claim was taken over; whoever did decides the outcome now. */
    record Lost() implements MoveResult {}
}
