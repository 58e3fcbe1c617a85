package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Queues the jobs that want to call one model and admits them one at a time, oldest first. Only the first in the queue waits for
 * the end of a hold, for the ramp-up, for quota and then for a slot, so quota is used only by a job about to call. Safe for use by
 * many threads.
 */
final class ModelGate {

    /** Waits without a time-out until a state change wakes it. */
    static final Duration UNTIL_SIGNALLED = Duration.ofDays(1);

    /** Longer waits are cut into these, since clocks are set and machines are suspended. */
    private static final Duration RECHECK_MAX = Duration.ofSeconds(30);

    /** Extensions of a hold by less than this are not published. */
    private static final Duration EXTENSION_MIN = Duration.ofSeconds(1);

    private final String model;
    private final ModelHold hold;
    private final ResultRefusals resultRefusals = new ResultRefusals();
    private final QuotaShare quota;
    private final ProviderAccount account;
    private final Slots slots;
    private final InstantSource clock;

    /** Of all gates of the provider. */
    private final ReentrantLock lock;
    /** At most as many as the window has records. */
    private final TreeSet<Waiter> queue = new TreeSet<>();

    private long arrivals;

    private Instant publishedUntil = Instant.MIN;
    private boolean shutDown;

    ModelGate(
            String model, ModelHold hold, QuotaShare quota, ProviderAccount account, Slots slots, InstantSource clock) {
        this.model = model;
        this.hold = hold;
        this.quota = quota;
        this.account = account;
        this.slots = slots;
        this.clock = clock;
        this.lock = account.lock();
        account.add(this);
    }

    /** A queued job, ordered by time of publishing, then of arrival. */
    private record Waiter(
            Instant publishedAt, long number, Condition condition, Instant heldUntilMax, BooleanSupplier reassigned)
            implements Comparable<Waiter> {
        private static final Comparator<Waiter> ORDER =
                Comparator.comparing(Waiter::publishedAt).thenComparingLong(Waiter::number);

        @Override
        public int compareTo(Waiter other) {
            return ORDER.compare(this, other);
        }
    }

    /** As {@link ModelLimiter#acquire}. */
    PermitResult acquire(
            QuotaDemand demand,
            Instant publishedAt,
            @Nullable Instant deadline,
            Instant heldUntilMax,
            BooleanSupplier reassigned) {
        lock.lock();
        var waiter = new Waiter(publishedAt, arrivals++, lock.newCondition(), heldUntilMax, reassigned);
        queue.add(waiter);
        try {
            return pass(demand, deadline, waiter);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new PermitResult.Aborted();
        } finally {
            queue.remove(waiter);
            wakeFirst();
            lock.unlock();
        }
    }

    private PermitResult pass(QuotaDemand demand, @Nullable Instant deadline, Waiter waiter)
            throws InterruptedException {
        while (true) {
            Instant now = clock.instant();
            PermitResult refused = refusal(waiter, deadline, now);
            if (refused != null) {
                return refused;
            }
            Duration wait = waiter.equals(queue.first()) ? wait(demand, now) : UNTIL_SIGNALLED;
            if (!wait.isZero()) {
                var _ = waiter.condition()
                        .awaitNanos(bounded(wait, deadline, now).toNanos());
            } else if (!acquireSlot()) {
                return new PermitResult.Aborted();
            } else if (maySend(demand, waiter, deadline)) {
                quota.take(demand);
                beginCall();
                Instant started = clock.instant();
                return new PermitResult.Granted(new Permit(
                        this, demand, hold.begin(started), account.hold().begin(started)));
            } else {
                slots.release();
            }
        }
    }

    private @Nullable PermitResult refusal(Waiter waiter, @Nullable Instant deadline, Instant now) {
        if (shutDown || waiter.reassigned().getAsBoolean()) {
            return new PermitResult.Aborted();
        }
        if (deadline != null && !now.isBefore(deadline)) {
            return new PermitResult.DeadlinePassed();
        }
        if (heldUntil(now).isAfter(waiter.heldUntilMax())) {
            return new PermitResult.HeldTooLong();
        }
        return Stream.of(account.hold(), hold)
                .filter(each -> each.isRefusedTooLong(waiter.publishedAt(), now))
                .map(each -> new PermitResult.AccountRefused(Objects.requireNonNull(each.reason())))
                .findFirst()
                .orElse(null);
    }

    /** Until when no call is admitted, because of a hold or of a day's quota; {@link Instant#MIN} if that is not so. */
    private Instant heldUntil(Instant now) {
        return Stream.of(account.hold().heldUntil(now), hold.heldUntil(now), quota.spentUntil(now))
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    private Duration wait(QuotaDemand demand, Instant now) {
        if (account.calls().areExhausted() || quota.calls().areExhausted()) {
            return UNTIL_SIGNALLED;
        }
        return Stream.of(account.hold().wait(now), hold.wait(now), quota.wait(demand, now))
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    private static Duration bounded(Duration wait, @Nullable Instant deadline, Instant now) {
        Duration bounded = wait.compareTo(RECHECK_MAX) > 0 ? RECHECK_MAX : wait;
        if (deadline == null) {
            return bounded;
        }
        Duration remaining = Duration.between(now, deadline);
        return remaining.compareTo(bounded) < 0 ? remaining : bounded;
    }

    /** Waits for a slot without the lock, so that refusals and holds are recorded meanwhile. */
    private boolean acquireSlot() {
        lock.unlock();
        try {
            return slots.acquire();
        } finally {
            lock.lock();
        }
    }

    /** Checks again after the wait for a slot, which may take minutes. */
    private boolean maySend(QuotaDemand demand, Waiter waiter, @Nullable Instant deadline) {
        Instant now = clock.instant();
        return refusal(waiter, deadline, now) == null && wait(demand, now).isZero();
    }

    /** Returns the slot of a call and its place among those in progress. */
    void release() {
        slots.release();
        change(this::endCall);
    }

    /** Counts a call that has no permit. */
    void taskBegins() {
        change(this::beginCall);
    }

    void taskEnds() {
        change(this::endCall);
    }

    private void beginCall() {
        quota.calls().begin();
        account.calls().begin();
    }

    private void endCall() {
        quota.calls().end();
        account.calls().end();
    }

    ModelHold.CallStart sent(Permit permit) {
        lock.lock();
        try {
            ModelHold.CallStart sent = hold.sent(permit.start(), clock.instant());
            wakeFirst();
            return sent;
        } finally {
            lock.unlock();
        }
    }

    void unused(Permit permit) {
        change(() -> {
            hold.finished(permit.start());
            account.hold().finished(permit.accountStart());
            quota.refund(permit.demand(), clock.instant());
        });
    }

    void answered(Permit permit) {
        change(() -> {
            resultRefusals.clear();
            hold.answered(permit.start());
            account.hold().answered(permit.accountStart());
        });
    }

    /** Records a paid result that was refused. */
    void resultRefused(Permit permit, String reason) {
        modelRefused(
                permit,
                FailureKind.RESULT_INVALID,
                now -> resultRefusals.add(reason)
                        ? hold.resultsRefused(permit.start(), now)
                        : hold.refused(permit.start(), FailureKind.RESULT_INVALID, null, now));
    }

    void finished(Permit permit) {
        change(() -> {
            hold.finished(permit.start());
            account.hold().finished(permit.accountStart());
        });
    }

    void refused(Permit permit, FailureKind kind, @Nullable Duration retryAfter) {
        switch (kind.holdClass().scope()) {
            case PROVIDER -> accountRefused(permit, kind);
            case MODEL, NONE -> modelRefused(permit, kind, now -> hold.refused(permit.start(), kind, retryAfter, now));
        }
    }

    private void accountRefused(Permit permit, FailureKind kind) {
        AtomicReference<Runnable> publication = new AtomicReference<>(() -> {});
        change(() -> {
            hold.finished(permit.start());
            if (account.hold().refused(permit.accountStart(), kind, null, clock.instant())) {
                Instant until = account.hold().until();
                Instant since = Objects.requireNonNull(account.hold().accountRefusedSince());
                publication.set(() -> account.publishRefusal(until, kind.code(), since));
            }
        });
        publication.get().run();
    }

    /** @param refusal records it; true if this began or extended a hold */
    private void modelRefused(Permit permit, FailureKind kind, Predicate<Instant> refusal) {
        AtomicReference<@Nullable Instant> until = new AtomicReference<>();
        change(() -> {
            boolean held = refusal.test(clock.instant());
            switch (kind.holdClass()) {
                case HEALTHY, QUOTA, DAY_QUOTA -> account.hold().answered(permit.accountStart());
                case NEUTRAL, OUTAGE, NO_QUOTA, ACCOUNT -> account.hold().finished(permit.accountStart());
            }
            if (held && hold.until().isAfter(publishedUntil.plus(EXTENSION_MIN))) {
                publishedUntil = hold.until();
                until.set(publishedUntil);
            }
        });
        Instant end = until.get();
        if (end != null) {
            account.publish(model, end, kind.code());
            if (kind == FailureKind.NO_QUOTA) {
                account.alertNoQuota(model);
            }
        }
    }

    /** Applies a hold that another worker published. */
    void applyRemote(Instant until, FailureCode reason) {
        change(() -> {
            if (hold.hold(until, reason, clock.instant()) && hold.until().isAfter(publishedUntil)) {
                publishedUntil = hold.until();
            }
        });
    }

    void share(double fraction) {
        change(() -> quota.share(fraction, clock.instant()));
    }

    /** Aborts all waits, now and later. */
    void shutdown() {
        change(() -> {
            shutDown = true;
            queue.forEach(waiter -> waiter.condition().signal());
        });
    }

    /** Wakes all waiting jobs to read the clock again. */
    void recheck() {
        change(() -> queue.forEach(waiter -> waiter.condition().signal()));
    }

    String model() {
        return model;
    }

    /** As {@link #heldUntil(Instant)}, now. */
    Instant heldUntil() {
        lock.lock();
        try {
            return heldUntil(clock.instant());
        } finally {
            lock.unlock();
        }
    }

    ModelState state() {
        lock.lock();
        try {
            Instant heldUntil = hold.isHeld(clock.instant()) ? hold.resumeAt() : null;
            return new ModelState(account.provider(), model, queue.size(), heldUntil, hold.reason(), hold.callsMax());
        } finally {
            lock.unlock();
        }
    }

    private void change(Runnable change) {
        FailureCode endedRefusal;
        lock.lock();
        try {
            FailureCode refusal = account.hold().accountRefusal();
            boolean limited = !account.hold().isUnlimited() || account.calls().isLimited();
            change.run();
            endedRefusal = account.hold().accountRefusal() == null ? refusal : null;
            wakeFirst();
            if (limited || !account.hold().isUnlimited()) {
                account.wakeAll();
            }
        } finally {
            lock.unlock();
        }
        if (endedRefusal != null) {
            account.publishAccepted(clock.instant(), endedRefusal);
        }
    }

    /** Called with the lock. */
    void wakeFirst() {
        if (!queue.isEmpty()) {
            queue.first().condition().signal();
        }
    }
}
