package dev.renderfleet.scheduler.leader;

import dev.renderfleet.scheduler.leader.LoopStates.LoopState;
import dev.renderfleet.scheduler.store.LeaseLostException;
import dev.renderfleet.scheduler.store.LeaseTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Takes the lease when it is free, renews it, and runs the duties for as long as it is held. A killed leader is succeeded within
 * {@link #LEASE} and a second, one that is closed within a second. All its transactions carry the epoch, so a leader that was paused
 * changes nothing.
 */
public final class Leadership implements AutoCloseable {

    /** By the clock of PostgreSQL. */
    public static final Duration LEASE = Duration.ofSeconds(4);

    private static final Duration MARGIN = Duration.ofSeconds(1);
    private static final Duration RENEWAL = Duration.ofMillis(500);
    private static final Duration ATTEMPT = Duration.ofMillis(200);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration END_MAX = Duration.ofSeconds(5);
    private static final String LOOP = "lease";

    private static final Logger LOG = Logger.getLogger(Leadership.class);

    private final LeaseTable lease;
    private final String owner;
    private final List<Duty> duties;
    private final LoopStates states;
    private final LongSupplier nanoTime;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;
    private volatile @Nullable Term term;
    private @Nullable Thread own;

    /** @param owner this process, unique for each start */
    public Leadership(LeaseTable lease, String owner, List<Duty> duties, LoopStates states, LongSupplier nanoTime) {
        this.lease = lease;
        this.owner = owner;
        this.duties = List.copyOf(duties);
        this.states = states;
        this.nanoTime = nanoTime;
    }

    /** Begins to compete for the lease, in a thread of its own. */
    public void start() {
        states.set(LOOP, new LoopState.Idle());
        own = Thread.ofVirtual().name(LOOP).start(this::compete);
    }

    /** Whether this process leads. */
    public boolean leads() {
        Term current = term;
        return current != null && current.isHeld();
    }

    private void compete() {
        while (!closed) {
            long attempt = nanoTime.getAsLong();
            try {
                Term current = term;
                if (current == null || !current.isHeld()) {
                    end(current);
                    lease.acquire(owner, LEASE).ifPresent(epoch -> begin(epoch, trusted(attempt)));
                } else if (lease.renew(owner, current.epoch(), LEASE)) {
                    current.extendUntil(trusted(attempt));
                } else {
                    current.lose();
                }
                states.set(LOOP, new LoopState.Running());
            } catch (RuntimeException e) {
                LOG.warnf("lease not renewed, cause=%s", reason(e));
                states.set(LOOP, new LoopState.Faulty("PostgreSQL does not answer: " + reason(e)));
            }
            pause(leads() ? RENEWAL : ATTEMPT);
        }
    }

    private static long trusted(long attempt) {
        return attempt + LEASE.minus(MARGIN).toNanos();
    }

    private void begin(long epoch, long trustedUntil) {
        LOG.infof("this process leads, owner=%s epoch=%d", owner, epoch);
        var current = new Term(epoch, nanoTime, trustedUntil);
        term = current;
        for (Duty duty : duties) {
            threads.add(Thread.ofVirtual().name(duty.name()).start(() -> perform(duty, current)));
        }
    }

    private void end(@Nullable Term former) {
        if (former == null) {
            return;
        }
        former.lose();
        LOG.infof("this process leads no more, owner=%s epoch=%d", owner, former.epoch());
        for (Thread thread : threads) {
            try {
                // Whatever outlives this is fenced.
                if (!thread.join(END_MAX)) {
                    LOG.warnf("loop has not ended, loop=%s", thread.getName());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        threads.clear();
        term = null;
    }

    private void perform(Duty duty, Term current) {
        while (current.isHeld()) {
            try (Duty.Run run = duty.begin(current)) {
                states.set(duty.name(), new LoopState.Running());
                while (current.isHeld()) {
                    run.step();
                }
            } catch (LeaseLostException e) {
                LOG.warnf("lease lost, loop=%s cause=%s", duty.name(), e.getMessage());
                current.lose();
            } catch (RuntimeException e) {
                LOG.warnf(e, "loop stopped, it is tried again, loop=%s", duty.name());
                states.set(duty.name(), new LoopState.Faulty(reason(e)));
                pause(RETRY);
            }
        }
        states.set(duty.name(), new LoopState.Idle());
    }

    /** The innermost cause names what is wrong. */
    private static String reason(Throwable fault) {
        Throwable cause = fault;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.toString();
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the loops and frees the lease. Takes some seconds at most. */
    @Override
    public void close() {
        closed = true;
        Term current = term;
        if (current != null) {
            current.lose();
        }
        if (own != null) {
            own.interrupt();
            try {
                own.join(END_MAX);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        end(current);
        if (current != null) {
            try {
                lease.release(owner, current.epoch());
            } catch (RuntimeException e) {
                LOG.warnf("lease not freed, it expires, cause=%s", reason(e));
            }
        }
    }
}
