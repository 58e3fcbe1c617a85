package dev.renderfleet.worker.failpoint;

/** The named points of a job's life, in their order. At each of them a worker may be killed, and no promise may break. */
public enum Failpoint {
    /** The record is in hand. */
    TAKEN,
    /** The ledger has the claim. */
    CLAIMED,
    /** References are here, the next thing is the call. */
    CALLING,
    /** The ledger has the provider's task, which goes on without this worker. */
    ACCEPTED,
    /** The provider's answer is whole. */
    ANSWERED,
    /** The picture is good and safe on this worker's disk. */
    KEPT,
    /** The picture is in the store. */
    STORED,
    /** The ledger has the outcome. */
    ENDED,
    /** The event is sent, its transaction open. */
    SENT,
    /** The offsets are sent, the next thing is the commit. */
    COMMITTING,
    /** The transaction is committed. */
    SETTLED
}
