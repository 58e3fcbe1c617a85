package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Publishes this worker's holds, on the thread that recorded the refusal. Must not block. */
public interface HoldListener {

    /** A refusal to this worker began or extended the hold of a model. */
    void held(Hold hold);

    /**
     * A refusal to this worker began or extended the hold of a provider's account, or ended it: a call was accepted again.
     *
     * @param until now where the hold has ended
     * @param refusedSince null where the hold has ended
     */
    void accountHeld(String provider, Instant until, FailureCode reason, @Nullable Instant refusedSince);
}
