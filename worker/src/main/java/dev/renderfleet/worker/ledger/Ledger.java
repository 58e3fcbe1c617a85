package dev.renderfleet.worker.ledger;

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
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one small object per job in the bucket, updated by conditional puts, so that one worker at a time may call a model for a
 * job (ADR 2). Throws {@link StorageException} if the store is unavailable; the update may have happened. Safe for use by many threads.
 *
 * <p>A claim is valid while its owner is a group member (ADR 7); if membership is unknown, for its lease by the store's clock. Another
 * worker may then take it over. A call that was accepted as a task is resumed by the new owner; another one that may have been sent is
 * recorded as {@code unknown_outcome} at its worst-case price. The former owner's next update is refused.
 */
public final class Ledger {

    private static final int ENTRY_BYTES_MAX = 1 << 20;

    private static final Logger LOG = Logger.getLogger(Ledger.class);

    private final ObjectStore store;
    private final LedgerCodec codec;
    private final String owner;
    private final JobLog log;
    private final ClaimRules rules;

    /**
     * @param owner name of this process, unique for each start
     * @param membership of the owners of claims
     * @param log where jobs are published
     * @param published outcomes
     */
    public Ledger(
            ObjectStore store,
            LedgerCodec codec,
            String owner,
            Membership membership,
            JobLog log,
            PublishedOutcomes published) {
        this.store = store;
        this.codec = codec;
        this.owner = owner;
        this.log = log;
        this.rules = new ClaimRules(owner, membership, log, published);
    }

    /**
     * Claims a job. One write if the job is new.
     *
     * @param lease longer than one call takes
     * @param pending the call that the claim is for; one that is running is kept instead
     */
    public ClaimResult claim(JobId job, String fingerprint, Submission by, Duration lease, PendingCall pending) {
        var fresh = new Claimed(fingerprint, History.NONE, owner, by.run(), lease, pending, by.tenant());
        return switch (store.putIfAbsent(key(job), codec.encode(fresh))) {
            case PutResult.Written(var etag) -> new ClaimResult.Granted(new Claim(job, etag, fresh));
            case PutResult.Refused() -> claimExisting(job, fingerprint, by, lease, pending);
        };
    }

    /** Reads a job's state without a claim: terminal, conflict, busy, unfinished, unreadable, or null where a new run would begin. */
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
        ClaimResult obstacle = rules.obstacle(entry, stored, fingerprint, by);
        return obstacle != null
                ? obstacle
                : switch (entry) {
                    case Claimed _, Parked _ ->
                        new ClaimResult.Unfinished(entry.running(), rules.claimHistory(entry, by));
                    case Failed _, Rendered _ -> null;
                };
    }

    /**
     * Renews a claim's lease and updates its pending call.
     *
     * @return the new claim; null if the claim was taken over
     */
    public @Nullable Claim renew(Claim claim, PendingCall pending) {
        Claimed held = claim.entry();
        var next = new Claimed(
                held.fingerprint(), held.history(), held.owner(), held.run(), held.lease(), pending, held.tenant());
        return switch (store.putIfMatch(key(claim.job()), claim.etag(), codec.encode(next))) {
            case PutResult.Written(var etag) -> new Claim(claim.job(), etag, next);
            case PutResult.Refused() -> null;
        };
    }

    /**
     * Releases the claim between two attempts; any worker may claim the job again.
     *
     * @param running the call whose task goes on, if any
     */
    public UpdateResult park(Claim claim, History history, @Nullable PendingCall running) {
        return update(
                claim,
                new Parked(
                        claim.entry().fingerprint(),
                        history,
                        running,
                        claim.entry().tenant()));
    }

    /**
     * Releases a claim of this run that was written although its response was lost. Only for runs that made no call.
     */
    public void release(JobId job, Submission by) {
        StoredObject stored = store.get(key(job), ENTRY_BYTES_MAX);
        if (stored == null) {
            return;
        }
        try {
            if (codec.decode(stored.json()) instanceof Claimed held && rules.isOwn(held, by)) {
                // Refused if the claim was taken over.
                var _ = store.putIfMatch(
                        key(job),
                        stored.etag(),
                        codec.encode(new Parked(held.fingerprint(), held.history(), held.running(), held.tenant())));
            }
        } catch (UnreadableEntryException e) {
            LOG.debugf("ledger entry not readable, its claim is not released, cause=%s", e.toString());
        }
    }

    /**
     * Prepares the update to the final state that the outcome stands for.
     *
     * @param record that led to the outcome
     * @param endedAt now; a record published from now on may begin a new run of a failed job
     */
    public FinalUpdate finalUpdate(Claim claim, History history, RenderEvent outcome, String record, Instant endedAt) {
        String fingerprint = claim.entry().fingerprint();
        LedgerEntry end = switch (outcome) {
            case RenderCompleted completed -> new Rendered(fingerprint, history, completed, record);
            case RenderFailed _, RenderRejected _, RenderCanceled _ ->
                new Failed(fingerprint, history, outcome, record, endedAt, log.end());
        };
        return new FinalUpdate(claim.job().value(), claim.etag(), codec.encode(end));
    }

    /** Prepares the update that releases the claim with the images that are stored, while the job asks for more. */
    public FinalUpdate partialUpdate(Claim claim, History history) {
        var parked = new Parked(
                claim.entry().fingerprint(), history, null, claim.entry().tenant());
        return new FinalUpdate(claim.job().value(), claim.etag(), codec.encode(parked));
    }

    /** Whether the claim that the update replaces is still current. */
    public boolean isPending(FinalUpdate update) {
        StoredObject stored = store.get(key(update.job()), ENTRY_BYTES_MAX);
        return stored != null && stored.etag().equals(update.etag());
    }

    /** Applies the update, unless the claim was taken over. */
    public UpdateResult finish(FinalUpdate update) {
        return updated(store.putIfMatch(key(update.job()), update.etag(), update.entry()));
    }

    /**
     * Ends an unfinished job after a fault of this process: its event has the attempts that no event has reported yet, a call of this run
     * that may have been sent among them. A job that another run works on, or that has ended, is not touched and has none.
     *
     * @param event of these attempts
     */
    public RenderFailed endAfterFault(
            JobId job, Submission by, Function<History, RenderFailed> event, Instant endedAt) {
        StoredObject stored = store.get(key(job), ENTRY_BYTES_MAX);
        LedgerEntry entry = stored == null ? null : readable(stored);
        boolean mayEnd = stored != null
                && switch (entry) {
                    case Claimed held -> rules.isOwn(held, by) || !rules.isLive(held, stored);
                    case Parked _ -> true;
                    case Failed _, Rendered _ -> false;
                    case null -> false;
                };
        if (stored == null || entry == null || !mayEnd) {
            return event.apply(History.NONE);
        }
        History history = ClaimRules.priorHistory(entry);
        RenderFailed outcome = event.apply(history);
        var end = new Failed(entry.fingerprint(), history, outcome, by.record(), endedAt, log.end());
        return switch (store.putIfMatch(key(job), stored.etag(), codec.encode(end))) {
            case PutResult.Written _ -> outcome;
            case PutResult.Refused() -> event.apply(History.NONE);
        };
    }

    /** The entry of a job that this process does not work on; null: there is none, or none of that tenant's. */
    public @Nullable LedgerEntry ofTenant(JobId job, String tenant) {
        StoredObject stored = store.get(key(job), ENTRY_BYTES_MAX);
        LedgerEntry entry = stored == null ? null : readable(stored);
        return entry == null || (entry.tenant() != null && !entry.tenant().equals(tenant)) ? null : entry;
    }

    private @Nullable LedgerEntry readable(StoredObject stored) {
        try {
            return codec.decode(stored.json());
        } catch (UnreadableEntryException e) {
            LOG.warnf("ledger entry not readable, cause=%s", e.toString());
            return null;
        }
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
        ClaimResult obstacle = rules.obstacle(entry, stored, fingerprint, by);
        if (obstacle != null) {
            return obstacle;
        }
        PendingCall running = entry.running();
        var next = new Claimed(
                fingerprint,
                rules.claimHistory(entry, by),
                owner,
                by.run(),
                lease,
                running == null ? pending : running,
                by.tenant());
        return switch (store.putIfMatch(key(job), stored.etag(), codec.encode(next))) {
            case PutResult.Written(var etag) -> new ClaimResult.Granted(new Claim(job, etag, next));
            case PutResult.Refused() -> new ClaimResult.Busy("another, which was quicker", Duration.ZERO);
        };
    }

    private UpdateResult update(Claim claim, LedgerEntry next) {
        return updated(store.putIfMatch(key(claim.job()), claim.etag(), codec.encode(next)));
    }

    private static UpdateResult updated(PutResult result) {
        return switch (result) {
            case PutResult.Written _ -> new UpdateResult.Updated();
            case PutResult.Refused() -> new UpdateResult.ClaimLost();
        };
    }

    private static String key(JobId job) {
        return key(job.value());
    }

    private static String key(String job) {
        return ObjectKeys.ledgerEntry(job);
    }
}
