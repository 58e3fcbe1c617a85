package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/** What the gates of one provider share: their lock, the hold of the provider's account, and the publishing of holds. */
final class ProviderAccount {

    private static final Logger LOG = Logger.getLogger(ProviderAccount.class);

    private final String provider;
    private final String origin;
    private final ModelHold hold;
    private final HoldListener listener;
    private final ConcurrentCalls calls;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock, as the hold is. */
    private final List<ModelGate> gates = new ArrayList<>();

    /**
     * @param origin this worker, in its holds
     * @param listener called without the lock
     * @param calls of all models of the provider
     */
    ProviderAccount(String provider, String origin, ModelHold hold, HoldListener listener, ConcurrentCalls calls) {
        this.provider = provider;
        this.origin = origin;
        this.hold = hold;
        this.listener = listener;
        this.calls = calls;
    }

    String provider() {
        return provider;
    }

    ReentrantLock lock() {
        return lock;
    }

    ModelHold hold() {
        return hold;
    }

    ConcurrentCalls calls() {
        return calls;
    }

    /** Sets this worker's share of the provider's limit of calls. */
    void share(double fraction) {
        lock.lock();
        try {
            calls.share(fraction);
            wakeAll();
        } finally {
            lock.unlock();
        }
    }

    void add(ModelGate gate) {
        lock.lock();
        try {
            gates.add(gate);
        } finally {
            lock.unlock();
        }
    }

    /** Wakes the first job of each gate. Called with the lock. */
    void wakeAll() {
        gates.forEach(ModelGate::wakeFirst);
    }

    /** Applies a hold that another worker with the same account published. */
    void applyRemote(Instant until, FailureCode reason, Instant now) {
        lock.lock();
        try {
            var _ = hold.holdAccount(until, reason, now);
        } finally {
            lock.unlock();
        }
    }

    /** Publishes the hold of a model. Called without the lock. */
    void publish(String model, Instant until, FailureCode reason) {
        var found = new Hold(provider, model, until, reason, origin);
        LOG.warnf("holding model, model=%s until=%s reason=%s", found.key(), until, reason.wireName());
        if (reason == FailureCode.PROVIDER_UNREACHABLE) {
            return; // This worker's network may be at fault; the others' may work.
        }
        publish(() -> listener.held(found));
    }

    /** Alerts the operator to a model without any quota. */
    void alertNoQuota(String model) {
        LOG.errorf(
                "the account has no quota for this model; its jobs wait, and one is tried at intervals: raise the quota,"
                        + " model=%s/%s interval=%s",
                provider, model, HoldDurations.ACCOUNT_RECHECK);
    }

    /** Publishes the hold of the account and alerts the operator. Called without the lock. */
    void publishRefusedAccount(Instant until, FailureCode reason) {
        LOG.errorf(
                "the provider refuses the account; all its jobs wait, and one is tried at intervals,"
                        + " provider=%s reason=%s interval=%s remedy=%s",
                provider, reason.wireName(), HoldDurations.ACCOUNT_RECHECK, remedy(reason));
        publish(() -> listener.accountHeld(provider, until, reason));
    }

    private String remedy(FailureCode reason) {
        return reason == FailureCode.PROVIDER_BILLING
                ? "settle the account's billing"
                : "check renderfleet.providers." + provider + ".api-key";
    }

    private void publish(Runnable signal) {
        try {
            signal.run();
        } catch (RuntimeException e) {
            // Each other worker will begin the hold at the price of one refused call.
            LOG.warnf(e, "cannot publish hold, provider=%s", provider);
        }
    }

    /** End of the account's hold; {@link Instant#MIN} if there is none. */
    Instant heldUntil(Instant now) {
        lock.lock();
        try {
            return hold.heldUntil(now);
        } finally {
            lock.unlock();
        }
    }

    ProviderState state(Instant now) {
        lock.lock();
        try {
            return new ProviderState(
                    provider, hold.accountRefusedSince(), hold.isHeld(now) ? hold.resumeAt() : null, hold.reason());
        } finally {
            lock.unlock();
        }
    }
}
