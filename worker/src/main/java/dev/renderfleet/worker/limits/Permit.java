package dev.renderfleet.worker.limits;

import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Permits one call of a model and holds a slot for it. Records the call's result once; later results are ignored. Closing releases
 * the slot; a call without a result by then counts as neither success nor refusal. Safe for use by many threads.
 */
public final class Permit implements ResultRecorder, AutoCloseable {

    private final ModelGate gate;
    private final QuotaDemand demand;
    private volatile ModelHold.CallStart start;
    private final ModelHold.CallStart accountStart;
    private volatile boolean sent;
    private final AtomicBoolean recorded = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    Permit(ModelGate gate, QuotaDemand demand, ModelHold.CallStart start, ModelHold.CallStart accountStart) {
        this.gate = gate;
        this.demand = demand;
        this.start = start;
        this.accountStart = accountStart;
    }

    /** Records that the call is about to be sent, from when its latency counts. */
    public void sent() {
        sent = true;
        start = gate.sent(this);
    }

    /** Records that no call was made and returns its quota. Ignored after {@link #sent}. */
    public void unused() {
        if (!sent && recorded.compareAndSet(false, true)) {
            gate.unused(this);
        }
    }

    @Override
    public void answered() {
        if (recorded.compareAndSet(false, true)) {
            gate.answered(this);
        }
    }

    @Override
    public void refused(FailureKind kind, @Nullable Duration retryAfter) {
        if (recorded.compareAndSet(false, true)) {
            gate.refused(this, kind, retryAfter);
        }
    }

    @Override
    public void resultRefused(String reason) {
        if (recorded.compareAndSet(false, true)) {
            gate.resultRefused(this, reason);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            if (recorded.compareAndSet(false, true)) {
                gate.finished(this);
            }
            gate.release();
        }
    }

    QuotaDemand demand() {
        return demand;
    }

    /** As the hold of the provider's account counts it. */
    ModelHold.CallStart accountStart() {
        return accountStart;
    }

    ModelHold.CallStart start() {
        return start;
    }
}
