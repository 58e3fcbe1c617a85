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
import dev.renderfleet.worker.ledger.LedgerEntry.Claimed;
import dev.renderfleet.worker.ledger.LedgerEntry.Failed;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import dev.renderfleet.worker.ledger.LedgerEntry.Parked;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Rendered;
import dev.renderfleet.worker.storage.ObjectKeys;
import dev.renderfleet.worker.storage.ObjectStore;
import dev.renderfleet.worker.storage.ObjectStore.PutResult;
import dev.renderfleet.worker.storage.ObjectStore.StoredObject;
import dev.renderfleet.worker.storage.StorageException;
import java.time.Duration;
import java.time.Instant;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One small object per job beside the results, moved on by conditional puts, so that of all workers that hold a record of the job
 * one at a time may call a model. Throws {@link StorageException} when the store does not answer; then nothing is known and the
 * caller asks again. Safe for use by many threads.
 *
 * <p>A claim is good while its owner is there; where nobody can tell, for its lease, measured by the store's clock from the moment it
 * was written. Then it is taken over; its call, if it may have been sent, stays in the history as {@code unknown_outcome} at its worst
 * price. The former owner finds out at its next write, which is refused.
 */
public final class Ledger {

    private static final int ENTRY_BYTES_MAX = 1 << 20;

    private static final Logger LOG = Logger.getLogger(Ledger.class);

    private final ObjectStore store;
    private final LedgerCodec codec;
    private final String owner;
    private final Owners owners;

    /**
     * @param owner name of this process, unique for each start
     * @param owners knows whether other processes are still there
     */
    public Ledger(ObjectStore store, LedgerCodec codec, String owner, Owners owners) {
        this.store = store;
        this.codec = codec;
        this.owner = owner;
        this.owners = owners;
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
                    case Claimed held when !isOwn(held, by) && isLive(held, stored) -> busy(held, stored);
                    case Claimed _, Parked _ -> new ClaimResult.Begun();
                    case Failed _, Rendered _ -> null;
                };
    }

    /**
     * Begins the lease anew, when the call goes out or work takes longer than thought.
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
     * Gives back the claim of this very run, should one stand that the run does not know of, since the store's answer was lost. To be used
     * only where no call was made.
     */
    public void release(JobId job, Submission by) {
        StoredObject stored = store.get(key(job), ENTRY_BYTES_MAX);
        if (stored == null) {
            return;
        }
        try {
            if (codec.decode(stored.json()) instanceof Claimed held && isOwn(held, by)) {
                // Refused means that others have it by now.
                var _ = store.putIfMatch(
                        key(job), stored.etag(), codec.encode(new Parked(held.fingerprint(), held.history())));
            }
        } catch (UnreadableEntryException e) {
            LOG.debugf("not this run's claim: %s", e.toString());
        }
    }

    /**
     * Prepares the end of the job. After it is written the outcome is the job's outcome for ever, or until a failed one is tried again.
     *
     * @param record the record that is answered
     * @param endedAt now; records published later may try again
     */
    public FinalUpdate lastWrite(Claim claim, History history, RenderEvent outcome, String record, Instant endedAt) {
        String fingerprint = claim.entry().fingerprint();
        LedgerEntry end = switch (outcome) {
            case RenderCompleted completed -> new Rendered(fingerprint, history, completed, record);
            case RenderFailed failed -> new Failed(fingerprint, history, failed, record, endedAt);
            case RenderRejected rejected -> new Failed(fingerprint, history, rejected, record, endedAt);
            case RenderCanceled canceled -> new Failed(fingerprint, history, canceled, record, endedAt);
        };
        return new FinalUpdate(claim.job().value(), claim.etag(), codec.encode(end));
    }

    /** Whether the claim that this write follows still stands. */
    public boolean awaits(FinalUpdate write) {
        StoredObject stored = store.get(key(write.job()), ENTRY_BYTES_MAX);
        return stored != null && stored.etag().equals(write.etag());
    }

    /** Ends the job, unless its claim was taken over. */
    public MoveResult end(FinalUpdate write) {
        return moved(store.putIfMatch(key(write.job()), write.etag(), write.entry()));
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
        boolean own = entry instanceof Claimed held && isOwn(held, by);
        if (entry instanceof Claimed held && !own && isLive(held, stored)) {
            return busy(held, stored);
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

    private boolean isLive(Claimed held, StoredObject stored) {
        return switch (owners.presence(held.owner())) {
            case PRESENT -> true;
            case GONE -> false;
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

    /** A new run after a failure starts with an empty history: it is paid for anew, and its event tells of itself only. */
    private static History inherited(LedgerEntry entry) {
        return switch (entry) {
            case Parked parked -> parked.history();
            case Claimed dead ->
                switch (dead.pending().stage()) {
                    case PREPARED -> dead.history();
                    case SENT -> dead.history().plus(unknownAttempt(dead), Usage.NONE);
                };
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
        return moved(store.putIfMatch(key(claim.job()), claim.etag(), codec.encode(next)));
    }

    private static MoveResult moved(PutResult result) {
        return switch (result) {
            case PutResult.Written _ -> new MoveResult.Moved();
            case PutResult.Refused() -> new MoveResult.Lost();
        };
    }

    private static String key(JobId job) {
        return key(job.value());
    }

    private static String key(String job) {
        return ObjectKeys.ledgerEntry(job);
    }
}
