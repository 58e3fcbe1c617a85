package dev.renderfleet.worker.signals;

import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.signal.Hold;
import dev.renderfleet.contracts.signal.ProviderHold;
import dev.renderfleet.contracts.wire.DecodedSignal;
import dev.renderfleet.contracts.wire.SignalCodec;
import dev.renderfleet.worker.job.Cancellations;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.providers.Accounts;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/** Applies holds of other workers, and cancels of the scheduler. Skips signals that it cannot read. */
@ApplicationScoped
class SignalListener {

    private static final Logger LOG = Logger.getLogger(SignalListener.class);

    private final ModelLimiter limiter;
    private final Accounts accounts;
    private final FleetListener fleet;
    private final Cancellations cancellations;
    private final SignalCodec codec = new SignalCodec();

    SignalListener(ModelLimiter limiter, Accounts accounts, FleetListener fleet, Cancellations cancellations) {
        this.limiter = limiter;
        this.accounts = accounts;
        this.fleet = fleet;
        this.cancellations = cancellations;
    }

    @Incoming("signals")
    void onSignal(byte[] value) {
        switch (codec.decode(value)) {
            case DecodedSignal.Understood(Hold hold) -> limiter.applyRemote(hold);
            case DecodedSignal.Understood(ProviderHold hold) -> {
                if (accounts.has(hold.provider(), hold.account())) {
                    limiter.applyRemote(hold);
                }
            }
            case DecodedSignal.Understood(FleetSetup setup) -> fleet.recorded(setup);
            case DecodedSignal.Understood(Cancel cancel) -> {
                cancellations.add(cancel);
                limiter.recheck();
            }
            case DecodedSignal.Unknown(var name) -> LOG.debugf("unknown signal skipped, type=%s", name);
            case DecodedSignal.Unreadable(var field, var rule) ->
                LOG.warnf("invalid signal skipped, field=%s rule=%s", field, rule);
        }
    }
}
