package dev.renderfleet.worker.limits;

import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The right to one call of a model, and the slot for it. Events once what came of the call; what is told later is ignored. Closing gives
 * the slot back; a permit that was told nothing by then counts as a call of which nothing is known. Safe for use by many threads.
 */
public final class Permit implements AutoCloseable {

    private final Gate gate;
    private final Need need;
    private volatile ModelHold.Start start;
    private final AtomicBoolean told = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    Permit(Gate gate, Need need, ModelHold.Start start) {
        this.gate = gate;
        this.need = need;
        this.start = start;
    }

    /** The call is about to be sent: how long the provider takes counts from here. */
    public void sent() {
        start = gate.sent(this);
    }

    /** No call was made: what it would have taken of the quota goes back. */
    public void unused() {
        if (told.compareAndSet(false, true)) {
            gate.unused(this);
        }
    }

    /** The provider drew a picture. */
    public void answered() {
        if (told.compareAndSet(false, true)) {
            gate.answered(this);
        }
    }

    /**
     * The call yielded no picture. Every kind may be told: those that say something about this one job only count as answered, those
     * that no wait will heal, and unknown outcomes, count as nothing.
     *
     * @param retryAfter when the provider wants to be asked again, from now
     */
    public void refused(FailureKind kind, @Nullable Duration retryAfter) {
        if (told.compareAndSet(false, true)) {
            gate.refused(this, kind, retryAfter);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            if (told.compareAndSet(false, true)) {
                gate.ended(this);
            }
            gate.leaveSlot();
        }
    }

    Need need() {
        return need;
    }

    ModelHold.Start start() {
        return start;
    }
}
