package dev.renderfleet.worker.ledger;

import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Result of claiming a job, or of a {@link Ledger#peek}. */
public sealed interface ClaimResult {
    /** The caller may call a model now, or must resume the call that the claim's entry says is running. */
    record Granted(Claim claim) implements ClaimResult {}

    /**
     * The job is in a final state; its outcome is to be published for this record.
     *
     * @param record the record that led to the outcome, as {@code topic/partition/offset}
     * @param replay whether another record led to it, or its event is published already
     */
    record Terminal(RenderEvent outcome, String record, boolean replay) implements ClaimResult {}

    /** The idempotency key belongs to a job with another fingerprint. */
    record Conflict() implements ClaimResult {}

    /** Claimed by another process, or for another record of the same job in this process. */
    record Busy(String owner, Duration retryAfter) implements ClaimResult {}

    /** The entry cannot be read; nothing may be called until a person has repaired the object {@code key}. */
    record Unreadable(String key, String reason) implements ClaimResult {}

    /**
     * Only of a peek: the job was begun, is in no final state, and has no live claim.
     *
     * @param running as in the entry
     * @param history as a claim would have it
     */
    record Unfinished(@Nullable PendingCall running, History history) implements ClaimResult {}
}
