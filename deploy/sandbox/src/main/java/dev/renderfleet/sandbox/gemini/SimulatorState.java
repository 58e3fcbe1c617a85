package dev.renderfleet.sandbox.gemini;

import java.time.InstantSource;

/** What the simulator and its control API share. */
public record SimulatorState(RuleBook rules, QuotaEngine quotas, Ledger ledger, Knobs knobs) {
    public static SimulatorState fresh(long seed, double timeScale, InstantSource clock) {
        return new SimulatorState(
                new RuleBook(seed), new QuotaEngine(clock), new Ledger(clock), new Knobs(seed, timeScale));
    }

    /** Everything as at the start. */
    public void reset() {
        rules.clear();
        quotas.clear();
        ledger.reset();
        knobs.reset();
    }
}
