package dev.renderfleet.worker.limits;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** For tests of one worker: holds are not published. */
public final class IgnoredHolds implements HoldListener {

    @Override
    public void held(Hold hold) {}

    @Override
    public void accountHeld(String provider, Instant until, FailureCode reason, @Nullable Instant refusedSince) {}
}
