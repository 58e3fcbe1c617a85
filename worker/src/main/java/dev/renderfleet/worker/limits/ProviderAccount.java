package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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

    /** Applies a hold, or its end, that another worker with the same account published. */
    void applyRemote(ProviderHold remote, Instant now) {
        lock.lock();
        try {
            if (!isAcceptance(remote, now)) {
                var _ = hold.holdAccount(remote.until(), remote.reason(), since(remote, now), now);
            } else if (remote.until().plus(HoldDurations.ACCOUNT_RECHECK).isAfter(hold.until())) {
                // Accepted after the refusal that began the hold.
                hold.recheckAccount(now);
                wakeAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Admits one call first if {@code last}, the last signal before this worker started, says that the account is refused. */
    void startAfter(ProviderHold last, Instant now) {
        lock.lock();
        try {
            if (!isAcceptance(last, now)) {
                // Not later than the hold that a refusal of this call begins.
                Duration length = HoldDurations.clamp(
                        Duration.between(now, last.until()), Duration.ofMillis(1), HoldDurations.ACCOUNT_RECHECK);
                var _ = hold.holdAccount(now.plus(length), last.reason(), since(last, now), now);
                hold.recheckAccount(now);
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean isAcceptance(ProviderHold signal, Instant now) {
        return signal.refusedSince() == null && !signal.until().isAfter(now);
    }

    /** Not in the future, whatever the sender's clock. */
    private static Instant since(ProviderHold signal, Instant now) {
        Instant since = Objects.requireNonNullElse(signal.refusedSince(), now);
        return since.isAfter(now) ? now : since;
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
    void publishRefusal(Instant until, FailureCode reason, Instant since) {
        LOG.errorf(
                "the provider refuses the account; all its jobs wait, and one is tried at intervals,"
                        + " provider=%s reason=%s interval=%s remedy=%s",
                provider, reason.wireName(), HoldDurations.ACCOUNT_RECHECK, remedy(reason));
        publish(() -> listener.accountHeld(provider, until, reason, since));
    }

    /** Publishes the end of the hold of the account. Called without the lock. */
    void publishAccepted(Instant now, FailureCode reason) {
        LOG.infof("the provider accepts the account again, provider=%s", provider);
        publish(() -> listener.accountHeld(provider, now, reason, null));
    }

    private String remedy(FailureCode reason) {
        return reason == FailureCode.PROVIDER_BILLING
                ? "settle the account's billing"
                : "check renderfleet.providers." + provider + ".api-key or credentials";
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
