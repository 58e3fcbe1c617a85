package dev.renderfleet.sandbox.simulators;

import java.time.InstantSource;

/** What a simulator and the control API share; each simulator has its own. */
public record SimulatorState(
        Rules rules, QuotaLimits quotas, BillingLedger ledger, SimulatorSettings settings, RequestLog requests) {
    public static SimulatorState fresh(long seed, double timeScale, InstantSource clock) {
        return new SimulatorState(
                new Rules(seed),
                new QuotaLimits(clock),
                new BillingLedger(clock),
                new SimulatorSettings(seed, timeScale),
                new RequestLog());
    }

    /** Everything as at the start. */
    public void reset() {
        rules.clear();
        quotas.clear();
        ledger.reset();
        settings.reset();
        requests.clear();
    }
}
