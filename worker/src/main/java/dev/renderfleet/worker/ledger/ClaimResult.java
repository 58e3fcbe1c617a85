package dev.renderfleet.worker.ledger;

import dev.renderfleet.contracts.event.RenderEvent;
import java.time.Duration;

/** What came of asking for the right to render. */
public sealed interface ClaimResult {
    /** The caller may call a model now. */
    record Granted(Claim claim) implements ClaimResult {}

    /**
     * The job has ended before; its outcome is told again.
     *
     * @param sameRecord whether the record at hand is the one that led to the outcome: a redelivery, not a new submission
     */
    record Ended(RenderEvent outcome, boolean sameRecord) implements ClaimResult {}

    /** The key belongs to a job with other deciding fields. */
    record Conflict() implements ClaimResult {}

    /** Another process, or another record of the same job in this one, is at it; worth another look after {@code lookAgain}. */
    record Busy(String owner, Duration lookAgain) implements ClaimResult {}

    /** The entry cannot be read; nothing may be called until a person has looked at {@code key}. */
    record Unreadable(String key, String reason) implements ClaimResult {}

    /** Only of a peek: the job has been begun, has not ended, and nobody is at it. */
    record Begun() implements ClaimResult {}
}
