package dev.renderfleet.worker.ledger;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.worker.ledger.LedgerEntry.Claimed;
import dev.renderfleet.worker.ledger.LedgerEntry.Failed;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.Parked;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Rendered;
import dev.renderfleet.worker.storage.ObjectStore.StoredObject;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Decides what a worker may do with a job whose entry exists: claim it, wait, or take its outcome. Safe for use by many threads. */
final class ClaimRules {

    private final String owner;
    private final Membership membership;
    private final JobLog log;
    private final PublishedOutcomes published;

    ClaimRules(String owner, Membership membership, JobLog log, PublishedOutcomes published) {
        this.owner = owner;
        this.membership = membership;
        this.log = log;
        this.published = published;
    }

    /** The history of a claim that follows the entry. */
    History claimHistory(LedgerEntry entry, Submission by) {
        boolean own = entry instanceof Claimed held && isOwn(held, by);
        return own || entry.running() != null ? entry.history() : priorHistory(entry);
    }

    /** Whether this is a claim of this run whose response was lost, so no call was made under it that is not a running task. */
    boolean isOwn(Claimed held, Submission by) {
        return held.owner().equals(owner) && held.run().equals(by.run());
    }

    /** Why the job cannot be claimed now: it has ended, another worker calls, or its key is another job's; null if it can. */
    @Nullable
    ClaimResult obstacle(LedgerEntry entry, StoredObject stored, String fingerprint, Submission by) {
        ClaimResult known = known(entry, stored.lastModified(), fingerprint, by);
        return known == null && entry instanceof Claimed held && !isOwn(held, by) && isLive(held, stored)
                ? busy(held, stored)
                : known;
    }

    private @Nullable ClaimResult known(LedgerEntry entry, Instant storedAt, String fingerprint, Submission by) {
        if (!entry.fingerprint().equals(fingerprint)) {
            return new ClaimResult.Conflict();
        }
        return switch (entry) {
            case Rendered terminal -> terminal(terminal.outcome(), terminal.record(), storedAt, by);
            case Failed terminal
            when !startsNewRun(by, terminal) -> terminal(terminal.outcome(), terminal.record(), storedAt, by);
            case Failed _, Claimed _, Parked _ -> null;
        };
    }

    /** A redelivered record's outcome is published already after a reset of offsets, and not after a crash. */
    private ClaimResult terminal(RenderEvent outcome, String record, Instant storedAt, Submission by) {
        boolean replay = !record.equals(by.record()) || published.has(outcome, record, storedAt);
        return new ClaimResult.Terminal(outcome, record, replay);
    }

    /** A redelivery, and a duplicate that was published before the job failed, replay the outcome. */
    private boolean startsNewRun(Submission by, Failed terminal) {
        return !terminal.record().equals(by.record())
                && !by.replayOnly()
                && mayBeRetried(terminal.outcome())
                && isPublishedAfter(by, terminal);
    }

    /** By offset, which no producer's clock can spoil. In a topic that was created anew the offsets say nothing. */
    private boolean isPublishedAfter(Submission by, Failed terminal) {
        LogEnd then = terminal.logEnd();
        if (then != null) {
            LogEnd now = log.end();
            if (now == null || now.topicId().equals(then.topicId())) {
                return then.isBefore(by.record());
            }
        }
        return by.published().isAfter(terminal.endedAt());
    }

    private static boolean mayBeRetried(RenderEvent outcome) {
        return switch (outcome) {
            case RenderFailed failed -> failed.retryable();
            case RenderRejected _, RenderCanceled _ -> true;
            case RenderCompleted _ -> false;
        };
    }

    boolean isLive(Claimed held, StoredObject stored) {
        return switch (membership.status(held.owner())) {
            case ACTIVE -> true;
            case EXPIRED -> false;
            case UNKNOWN -> leaseLeft(held, stored).isPositive();
        };
    }

    private static ClaimResult.Busy busy(Claimed held, StoredObject stored) {
        Duration left = leaseLeft(held, stored);
        return new ClaimResult.Busy(held.owner(), left.isPositive() ? left : held.lease());
    }

    private static Duration leaseLeft(Claimed claimed, StoredObject stored) {
        return Duration.between(stored.readAt(), stored.lastModified().plus(claimed.lease()));
    }

    /** A new run after a failure starts with an empty history, since its event covers that run only. */
    static History priorHistory(LedgerEntry entry) {
        return switch (entry) {
            case Parked parked ->
                parked.running() == null
                        ? parked.history()
                        : withUnknown(parked.history(), parked.running(), "its task was given up");
            case Claimed expired ->
                switch (expired.pending().stage()) {
                    case PREPARED -> expired.history();
                    case SENT ->
                        withUnknown(
                                expired.history(),
                                expired.pending(),
                                "the worker " + expired.owner() + " died or failed while its call may have been out");
                };
            case Failed _, Rendered _ -> History.NONE;
        };
    }

    private static History withUnknown(History history, PendingCall call, String detail) {
        var attempt = new Attempt(
                history.nextNumber(),
                call.model(),
                FailureCode.UNKNOWN_OUTCOME.wireName(),
                call.preparedAt(),
                0,
                null,
                detail,
                call.worstUsdMicros());
        return history.plus(attempt, Usage.NONE);
    }
}
