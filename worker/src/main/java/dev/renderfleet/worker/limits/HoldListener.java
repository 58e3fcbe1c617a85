package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import java.time.Instant;

/** Publishes this worker's holds, on the thread that recorded the refusal. Must not block. */
public interface HoldListener {

    /** A refusal to this worker began or extended the hold of a model. */
    void held(Hold hold);

    /** A refusal to this worker began or extended the hold of a provider's account. */
    void accountHeld(String provider, Instant until, FailureCode reason);
}
