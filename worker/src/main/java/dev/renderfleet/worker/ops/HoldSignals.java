package dev.renderfleet.worker.ops;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.worker.limits.HoldListener;
import dev.renderfleet.worker.providers.Accounts;
import dev.renderfleet.worker.signals.SignalSender;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Publishes this worker's holds as signals.
 *
 * @param accounts of the providers; a hold of another provider's account is not published
 */
record HoldSignals(SignalSender signals, Accounts accounts, WorkerProcess process) implements HoldListener {

    @Override
    public void held(Hold hold) {
        signals.send(hold, process.clock().instant());
    }

    @Override
    public void accountHeld(String provider, Instant until, FailureCode reason, @Nullable Instant refusedSince) {
        String account = accounts.byProvider().get(provider);
        if (account != null) {
            signals.send(
                    new ProviderHold(provider, account, until, reason, refusedSince, process.owner()),
                    process.clock().instant());
        }
    }
}
