package dev.renderfleet.worker.ledger;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.worker.assets.ObjectStore;
import dev.renderfleet.worker.assets.ObjectStore.PutResult;
import dev.renderfleet.worker.assets.ObjectStore.StoredObject;
import dev.renderfleet.worker.assets.StorageException;
import dev.renderfleet.worker.ledger.LedgerEntry.Claimed;
import dev.renderfleet.worker.ledger.LedgerEntry.Failed;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.Parked;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Rendered;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One small object per job beside the results, moved on by conditional puts, so that of all workers that hold a record of the job
 * one at a time may call a model. Throws {@link StorageException} when the store does not answer; then nothing is known and the
 * caller asks again. Safe for use by many threads.
 *
 * <p>A claim is good for its lease, measured by the store's clock from the moment it was written. An expired claim is taken over;
 * its call, which may have happened, stays in the history as {@code unknown_outcome} at its worst price. The former owner finds out at its
 * next write, which is refused.
 */
public final class Ledger {

    private static final int ENTRY_BYTES_MAX = 1 << 20;

    private final ObjectStore store;
    private final LedgerCodec codec;
    private final String owner;

    /**
     * @param owner name of this process, unique for each start
     */
    public Ledger(ObjectStore store, LedgerCodec codec, String owner) {
        this.store = store;
        this.codec = codec;
        this.owner = owner;
    }

    /** The right to call a model for a job, until the lease is over. */
    public record Claim(JobId job, String etag, Claimed entry) {
        /** What has been tried before. */
        public History history() {
            return entry.history();
        }
    }

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

        /** Another process, or another record of the same job in this one, is at it until {@code expiresIn} from now. */
        record Busy(String owner, Duration expiresIn) implements ClaimResult {}

        /** The entry cannot be read; nothing may be called until a person has looked at {@code key}. */
        record Unreadable(String key, String reason) implements ClaimResult {}

        /** Only of a peek: the job has been begun, has not ended, and nobody is at it. */
        record Begun() implements ClaimResult {}
    }

    /** What came of moving a claim on. */
    public sealed interface MoveResult {
        /** Written. */
        record Moved() implements MoveResult {}

        /** The claim was taken over; whoever did decides the outcome now. */
        record Lost() implements MoveResult {}
    }

    /**
     * Asks for the right to render. One write if the job is new.
     *
     * @param lease how long the claim shall be good; longer than reference fetching and one call take
     * @param pending the call that the claim is for
     */
    public ClaimResult claim(JobId job, String fingerprint, Submission by, Duration lease, PendingCall pending) {
        var fresh = new Claimed(fingerprint, History.NONE, owner, by.run(), lease, pending);
        return switch (store.putIfAbsent(key(job), codec.encode(fresh))) {
            case PutResult.Written(var etag) -> new ClaimResult.Granted(new Claim(job, etag, fresh));
            case PutResult.Refused() -> claimExisting(job, fingerprint, by, lease, pending);
        };
    }

    /** What the ledger says without claiming anything: ended, conflict, busy, begun, or null where a new run would begin. */
    public @Nullable ClaimResult peek(JobId job, String fingerprint, Submission by) {
        StoredObject stored = store.get(key(job), ENTRY_BYTES_MAX);
        if (stored == null) {
            return null;
        }
        LedgerEntry entry;
        try {
            entry = codec.decode(stored.json());
        } catch (UnreadableEntryException e) {
            return new ClaimResult.Unreadable(key(job), e.toString());
        }
        ClaimResult verdict = verdict(entry, fingerprint, by);
        return verdict != null
                ? verdict
                : switch (entry) {
                    case Claimed held
                    when leaseLeft(held, stored).isPositive() ->
                        new ClaimResult.Busy(held.owner(), leaseLeft(held, stored));
                    case Claimed _, Parked _ -> new ClaimResult.Begun();
                    case Failed _, Rendered _ -> null;
                };
    }

    /**
     * Begins the lease anew, for work that takes longer than thought.
     *
     * @param pending the call as it is to be made now
     * @return the claim to go on with; null if it was taken over
     */
    public @Nullable Claim renew(Claim claim, PendingCall pending) {
        Claimed held = claim.entry();
        var next = new Claimed(held.fingerprint(), held.history(), held.owner(), held.run(), held.lease(), pending);
        return switch (store.putIfMatch(key(claim.job()), claim.etag(), codec.encode(next))) {
            case PutResult.Written(var etag) -> new Claim(claim.job(), etag, next);
            case PutResult.Refused() -> null;
        };
    }

    /** Gives the claim back between two attempts; anybody may claim the job again. */
    public MoveResult park(Claim claim, History history) {
        return move(claim, new Parked(claim.entry().fingerprint(), history));
    }

    /**
     * Ends the job. After {@code Moved} the outcome is the job's outcome for ever, or until a failed one is tried again.
     *
     * @param record the record that is answered
     * @param endedAt now; records published later may try again
     */
    public MoveResult end(Claim claim, History history, RenderEvent outcome, String record, Instant endedAt) {
        String fingerprint = claim.entry().fingerprint();
        return move(
                claim,
                switch (outcome) {
                    case RenderCompleted completed -> new Rendered(fingerprint, history, completed, record);
                    case RenderFailed failed -> new Failed(fingerprint, history, failed, record, endedAt);
                    case RenderRejected rejected -> new Failed(fingerprint, history, rejected, record, endedAt);
                    case RenderCanceled canceled -> new Failed(fingerprint, history, canceled, record, endedAt);
                });
    }

    private ClaimResult claimExisting(
            JobId job, String fingerprint, Submission by, Duration lease, PendingCall pending) {
        StoredObject stored = store.get(key(job), ENTRY_BYTES_MAX);
        if (stored == null) {
            throw new StorageException("ledger entry of job " + job + " vanished while it was read", null);
        }
        LedgerEntry entry;
        try {
            entry = codec.decode(stored.json());
        } catch (UnreadableEntryException e) {
            return new ClaimResult.Unreadable(key(job), e.toString());
        }
        ClaimResult verdict = verdict(entry, fingerprint, by);
        if (verdict != null) {
            return verdict;
        }
        Duration left = leaseLeft(entry, stored);
        boolean own = entry instanceof Claimed held && isOwn(held, by);
        if (entry instanceof Claimed held && left.isPositive() && !own) {
            return new ClaimResult.Busy(held.owner(), left);
        }
        History history = own ? entry.history() : inherited(entry);
        var next = new Claimed(fingerprint, history, owner, by.run(), lease, pending);
        return switch (store.putIfMatch(key(job), stored.etag(), codec.encode(next))) {
            case PutResult.Written(var etag) -> new ClaimResult.Granted(new Claim(job, etag, next));
            case PutResult.Refused() -> new ClaimResult.Busy("another, which was quicker", Duration.ZERO);
        };
    }

    /** A claim of this very run, whose answer was lost on its way: no call was made under it. */
    private boolean isOwn(Claimed held, Submission by) {
        return held.owner().equals(owner) && held.run().equals(by.run());
    }

    private static @Nullable ClaimResult verdict(LedgerEntry entry, String fingerprint, Submission by) {
        if (!entry.fingerprint().equals(fingerprint)) {
            return new ClaimResult.Conflict();
        }
        return switch (entry) {
            case Rendered ended ->
                new ClaimResult.Ended(ended.outcome(), ended.record().equals(by.record()));
            case Failed ended when ended.record().equals(by.record()) -> new ClaimResult.Ended(ended.outcome(), true);
            case Failed ended when !triesAgain(by, ended) -> new ClaimResult.Ended(ended.outcome(), false);
            case Failed _, Claimed _, Parked _ -> null;
        };
    }

    /** A duplicate that was published while the job was still running is told the outcome, it does not ask for another run. */
    private static boolean triesAgain(Submission by, Failed ended) {
        return by.published().isAfter(ended.endedAt()) && mayBeTriedAgain(ended.outcome());
    }

    private static boolean mayBeTriedAgain(RenderEvent outcome) {
        return switch (outcome) {
            case RenderFailed failed -> failed.retryable();
            case RenderRejected _, RenderCanceled _ -> true;
            case RenderCompleted _ -> false;
        };
    }

    private static Duration leaseLeft(LedgerEntry entry, StoredObject stored) {
        if (!(entry instanceof Claimed claimed)) {
            return Duration.ZERO;
        }
        Instant expiry = stored.lastModified().plus(claimed.lease());
        return Duration.between(stored.readAt(), expiry);
    }

    /** A new run after a failure starts with an empty history: it is paid for anew, and its event tells of itself only. */
    private static History inherited(LedgerEntry entry) {
        return switch (entry) {
            case Parked parked -> parked.history();
            case Claimed dead -> dead.history().plus(unknownAttempt(dead), Usage.NONE);
            case Failed _, Rendered _ -> History.NONE;
        };
    }

    private static Attempt unknownAttempt(Claimed dead) {
        PendingCall call = dead.pending();
        return new Attempt(
                dead.history().nextNumber(),
                call.model(),
                FailureCode.UNKNOWN_OUTCOME.wireName(),
                call.preparedAt(),
                0,
                null,
                "the worker " + dead.owner() + " died while its call may have been out",
                call.worstUsdMicros());
    }

    private MoveResult move(Claim claim, LedgerEntry next) {
        return switch (store.putIfMatch(key(claim.job()), claim.etag(), codec.encode(next))) {
            case PutResult.Written _ -> new MoveResult.Moved();
            case PutResult.Refused() -> new MoveResult.Lost();
        };
    }

    private static String key(JobId job) {
        return "ledger/" + job.value() + ".json";
    }
}
