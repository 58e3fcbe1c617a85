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
 * The gate of one model: jobs pass it one at a time, the longest waiting first. The first in line waits for the end of a hold, for a
 * place in the return, for quota, and last for its slot; whoever is behind it waits for it. Safe for use by many threads.
 */
final class Gate {

    /** A wait whose end is not known: something that happens will end it. */
    static final Duration UNTIL_SIGNALLED = Duration.ofDays(1);

    /** Nobody trusts a wait for longer: clocks are set, and machines sleep. */
    private static final Duration RECHECK_MAX = Duration.ofSeconds(30);

    /** A hold that ends so little later is no news for others. */
    private static final Duration NEWS_MIN = Duration.ofSeconds(1);

    private final String provider;
    private final String model;
    private final String origin;
    private final ModelHold hold;
    private final QuotaShare quota;
    private final SlotPort slots;
    private final InstantSource clock;
    private final Consumer<Hold> news;

    private final ReentrantLock lock = new ReentrantLock();
    /** As many as the worker's window holds, at most. */
    private final TreeSet<Turn> line = new TreeSet<>();

    private long asked;

    private Instant knownUntil = Instant.MIN;
    private boolean left;

    /** @param news told of each hold that this worker has found out; called without the lock */
    Gate(
            Need first,
            String origin,
            ModelHold hold,
            QuotaShare quota,
            SlotPort slots,
            InstantSource clock,
            Consumer<Hold> news) {
        this.provider = first.provider();
        this.model = first.model();
        this.origin = origin;
        this.hold = hold;
        this.quota = quota;
        this.slots = slots;
        this.clock = clock;
        this.news = news;
    }

    /** A place in line; earlier in the order of publishing, then of asking, goes first. */
    private record Turn(Instant since, long number, Condition woken, BooleanSupplier pointless)
            implements Comparable<Turn> {
        private static final Comparator<Turn> ORDER =
                Comparator.comparing(Turn::since).thenComparingLong(Turn::number);

        @Override
        public int compareTo(Turn other) {
            return ORDER.compare(this, other);
        }
    }

    /** @param since when the job was published: one that comes back from a dead worker does not wait behind a whole window */
    Entry enter(Need need, Instant since, @Nullable Instant until, BooleanSupplier pointless) {
        lock.lock();
        var turn = new Turn(since, asked++, lock.newCondition(), pointless);
        line.add(turn);
        try {
            return pass(need, until, turn);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Entry.Leaving();
        } finally {
            line.remove(turn);
            wakeFirst();
            lock.unlock();
        }
    }

    private Entry pass(Need need, @Nullable Instant until, Turn turn) throws InterruptedException {
        while (true) {
            Instant now = clock.instant();
            Entry barred = barred(turn, until, now);
            if (barred != null) {
                return barred;
            }
            Duration wait = turn.equals(line.first()) ? wait(need, now) : UNTIL_SIGNALLED;
            if (!wait.isZero()) {
                var _ = turn.woken().awaitNanos(bounded(wait, until, now).toNanos());
            } else if (!enterSlot()) {
                return new Entry.Leaving();
            } else if (maySend(need, turn, until)) {
                quota.take(need);
                return new Entry.Admitted(new Permit(this, need, hold.begin(clock.instant())));
            } else {
                slots.leave();
            }
        }
    }

    private @Nullable Entry barred(Turn turn, @Nullable Instant until, Instant now) {
        if (left || turn.pointless().getAsBoolean()) {
            return new Entry.Leaving();
        }
        return until != null && !now.isBefore(until) ? new Entry.TooLate() : null;
    }

    private Duration wait(Need need, Instant now) {
        Duration held = hold.wait(now);
        Duration unpaid = quota.wait(need, now);
        return held.compareTo(unpaid) >= 0 ? held : unpaid;
    }

    private static Duration bounded(Duration wait, @Nullable Instant until, Instant now) {
        Duration bounded = wait.compareTo(RECHECK_MAX) > 0 ? RECHECK_MAX : wait;
        if (until == null) {
            return bounded;
        }
        Duration left = Duration.between(now, until);
        return left.compareTo(bounded) < 0 ? left : bounded;
    }

    /** Waits for a slot without the lock: refusals and news must get through meanwhile. */
    private boolean enterSlot() {
        lock.unlock();
        try {
            return slots.enter();
        } finally {
            lock.lock();
        }
    }

    /** Waiting for a slot takes minutes in a busy worker; what was true before may not be so any more. */
    private boolean maySend(Need need, Turn turn, @Nullable Instant until) {
        Instant now = clock.instant();
        return barred(turn, until, now) == null && wait(need, now).isZero();
    }

    void leaveSlot() {
        slots.leave();
    }

    ModelHold.Start sent(Permit permit) {
        lock.lock();
        try {
            ModelHold.Start sent = hold.sent(permit.start(), clock.instant());
            wakeFirst();
            return sent;
        } finally {
            lock.unlock();
        }
    }

    void unused(Permit permit) {
        change(() -> {
            hold.ended(permit.start());
            quota.giveBack(permit.need(), clock.instant());
        });
    }

    void answered(Permit permit) {
        change(() -> hold.answered(permit.start()));
    }

    void ended(Permit permit) {
        change(() -> hold.ended(permit.start()));
    }

    void refused(Permit permit, FailureKind kind, @Nullable Duration retryAfter) {
        Hold found = null;
        lock.lock();
        try {
            boolean held = hold.refused(permit.start(), kind, retryAfter, clock.instant());
            if (held && hold.until().isAfter(knownUntil.plus(NEWS_MIN))) {
                knownUntil = hold.until();
                found = new Hold(provider, model, hold.until(), Objects.requireNonNull(hold.reason()), origin);
            }
            wakeFirst();
        } finally {
            lock.unlock();
        }
        if (found != null) {
            news.accept(found);
        }
    }

    /** Another worker was refused. */
    void heard(Instant until, FailureCode reason) {
        change(() -> {
            if (hold.hold(until, reason, clock.instant()) && hold.until().isAfter(knownUntil)) {
                knownUntil = hold.until();
            }
        });
    }

    void share(double fraction) {
        change(() -> quota.share(fraction, clock.instant()));
    }

    /** Ends all waits, now and later. */
    void leave() {
        change(() -> {
            left = true;
            line.forEach(turn -> turn.woken().signal());
        });
    }

    /** Lets everybody look at the clock again. */
    void recheck() {
        change(() -> line.forEach(turn -> turn.woken().signal()));
    }

    ModelState state() {
        lock.lock();
        try {
            Instant heldUntil = hold.isHeld(clock.instant()) ? hold.resumeAt() : null;
            return new ModelState(provider, model, line.size(), heldUntil, hold.reason(), hold.callsMax());
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
        if (!line.isEmpty()) {
            line.first().woken().signal();
        }
    }
}
