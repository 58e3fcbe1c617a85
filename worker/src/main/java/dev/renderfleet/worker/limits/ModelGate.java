package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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

    private final String provider;
    private final String model;
    private final String origin;
    private final ModelHold hold;
    private final QuotaShare quota;
    private final Slots slots;
    private final InstantSource clock;
    private final Consumer<Hold> holdPublisher;

    private final ReentrantLock lock = new ReentrantLock();
    /** At most as many as the window has records. */
    private final TreeSet<Waiter> queue = new TreeSet<>();

    private long arrivals;

    private Instant publishedUntil = Instant.MIN;
    private boolean shutDown;

    /** @param holdPublisher called without the lock for each hold that a refusal to this worker began or extended */
    ModelGate(
            QuotaDemand model,
            String origin,
            ModelHold hold,
            QuotaShare quota,
            Slots slots,
            InstantSource clock,
            Consumer<Hold> holdPublisher) {
        this.provider = model.provider();
        this.model = model.model();
        this.origin = origin;
        this.hold = hold;
        this.quota = quota;
        this.slots = slots;
        this.clock = clock;
        this.holdPublisher = holdPublisher;
    }

    /** A queued job, ordered by time of publishing, then of arrival. */
    private record Waiter(Instant publishedAt, long number, Condition condition, BooleanSupplier reassigned)
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
            QuotaDemand demand, Instant publishedAt, @Nullable Instant deadline, BooleanSupplier reassigned) {
        lock.lock();
        var waiter = new Waiter(publishedAt, arrivals++, lock.newCondition(), reassigned);
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
                return new PermitResult.Granted(new Permit(this, demand, hold.begin(clock.instant())));
            } else {
                slots.release();
            }
        }
    }

    private @Nullable PermitResult refusal(Waiter waiter, @Nullable Instant deadline, Instant now) {
        if (shutDown || waiter.reassigned().getAsBoolean()) {
            return new PermitResult.Aborted();
        }
        return deadline != null && !now.isBefore(deadline) ? new PermitResult.DeadlinePassed() : null;
    }

    private Duration wait(QuotaDemand demand, Instant now) {
        Duration held = hold.wait(now);
        Duration throttled = quota.wait(demand, now);
        return held.compareTo(throttled) >= 0 ? held : throttled;
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

    void releaseSlot() {
        slots.release();
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
            quota.refund(permit.demand(), clock.instant());
        });
    }

    void answered(Permit permit) {
        change(() -> hold.answered(permit.start()));
    }

    void finished(Permit permit) {
        change(() -> hold.finished(permit.start()));
    }

    void refused(Permit permit, FailureKind kind, @Nullable Duration retryAfter) {
        Hold found = null;
        lock.lock();
        try {
            boolean held = hold.refused(permit.start(), kind, retryAfter, clock.instant());
            if (held && hold.until().isAfter(publishedUntil.plus(EXTENSION_MIN))) {
                publishedUntil = hold.until();
                found = new Hold(provider, model, hold.until(), Objects.requireNonNull(hold.reason()), origin);
            }
            wakeFirst();
        } finally {
            lock.unlock();
        }
        if (found != null) {
            holdPublisher.accept(found);
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

    ModelState state() {
        lock.lock();
        try {
            Instant heldUntil = hold.isHeld(clock.instant()) ? hold.resumeAt() : null;
            return new ModelState(provider, model, queue.size(), heldUntil, hold.reason(), hold.callsMax());
        } finally {
            lock.unlock();
        }
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            wakeFirst();
        } finally {
            lock.unlock();
        }
    }

    private void wakeFirst() {
        if (!queue.isEmpty()) {
            queue.first().condition().signal();
        }
    }
}
