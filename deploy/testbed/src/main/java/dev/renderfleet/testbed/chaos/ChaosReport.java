package dev.renderfleet.testbed.chaos;

import dev.renderfleet.testbed.audit.Breach;
import dev.renderfleet.testbed.audit.Verdict;
import dev.renderfleet.testbed.audit.Verdict.BreachCount;
import dev.renderfleet.testbed.figures.Distribution;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The result of a run.
 *
 * @param pauses of workers, and how many of them outlasted the session
 * @param crashes workers that ended without being killed
 * @param failedStarts starts that failed, since a fault hit them
 * @param storeFaults the workers' storage requests that met a fault
 * @param slotsUsed mean share, from 0 to 1, by {@link SlotUsage}; NaN without a sample, with failpoints, and for a peer
 * @param missed failpoints at which no worker was killed
 * @param recoverySeconds from a kill to the outcomes of the worker's jobs; null without such a job
 * @param schedulerFaults null without schedulers
 * @param databaseRestarts of PostgreSQL
 * @param waitingAtCaps jobs that waited when the caps were lifted
 * @param took from the first record to the last outcome
 */
record ChaosReport(
        ChaosPlan plan,
        Verdict verdict,
        int kills,
        KillLog.Pauses pauses,
        int crashes,
        int failedStarts,
        int brokerRestarts,
        int storeFaults,
        double slotsUsed,
        int inFlightAtKills,
        List<FailpointName> missed,
        @Nullable Distribution recoverySeconds,
        SchedulerPool.@Nullable FaultCount schedulerFaults,
        int databaseRestarts,
        int waitingAtCaps,
        Duration took) {

    /** Whether every promise holds and a worker was killed at each failpoint of the plan. */
    boolean holds() {
        return verdict.holds() && missed.isEmpty();
    }

    /** As JSON, for machines. */
    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("seed", plan.seed());
        json.put("workers", plan.workersName());
        json.put("jobs", plan.jobs());
        json.put("crew", plan.workers());
        json.put("slots", plan.slots());
        json.put("killEverySeconds", plan.killEvery().toMillis() / 1000.0);
        json.put("s3FaultPercent", plan.s3FaultPercent());
        json.put("providerFaultPercent", plan.providerFaultPercent());
        json.put("providerFaultKinds", plan.providerFaults());
        json.put("kills", kills);
        for (Breach breach : plan.judged()) {
            json.put(breach.key(), verdict.count(breach));
        }
        json.put("inFlightAtKills", inFlightAtKills);
        json.put("overpaidUnexcused", verdict.unexcused());
        Map<String, Object> recovery = new LinkedHashMap<>();
        recovery.put("median", recoverySeconds == null ? null : recoverySeconds.median());
        recovery.put("p99", recoverySeconds == null ? null : recoverySeconds.p99());
        json.put("recoverySeconds", recovery);
        json.put("brokerRestarts", brokerRestarts);
        json.put("pauses", pauses.count());
        // A peer's group does not say which member is which worker.
        json.put("zombies", plan.peer() == null ? pauses.zombies() : null);
        json.put("crashes", crashes);
        json.put("failedStarts", failedStarts);
        json.put("pointsMissed", missed);
        if (schedulerFaults != null) {
            json.put("schedulerKills", schedulerFaults.kills());
            json.put("leaderKills", schedulerFaults.killsOfLeaders());
            json.put("schedulerPauses", schedulerFaults.pauses());
            json.put("schedulerCrashes", schedulerFaults.crashes());
            json.put("databaseRestarts", databaseRestarts);
            json.put("waitingAtCaps", waitingAtCaps);
        }
        json.put("storeFaults", storeFaults);
        json.put("slotsUsed", Double.isNaN(slotsUsed) ? null : slotsUsed);
        json.put("records", verdict.totals().records());
        json.put("events", verdict.totals().events());
        json.put("completed", verdict.totals().completed());
        json.put("failed", verdict.totals().failed());
        json.put("rejected", verdict.totals().rejected());
        json.put("paidCalls", verdict.totals().paidCalls());
        json.put("fellBack", verdict.mix().fellBack());
        json.put("edits", verdict.mix().edits());
        json.put("editsBySession", verdict.mix().bySession());
        json.put("seconds", took.toMillis() / 1000.0);
        json.put("holds", holds());
        return json;
    }

    /** As lines of text, for people. */
    List<String> lines() {
        Verdict.Totals totals = verdict.totals();
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "Chaos with seed %d, %s workers: %s",
                plan.seed(),
                plan.workersName(),
                holds() ? "every promise holds." : "A PROMISE IS BROKEN."));
        lines.add(String.format(
                Locale.ROOT,
                "  %d jobs in %d records, %d events: %d completed, %d failed, %d rejected; %.1f s",
                totals.jobs(),
                totals.records(),
                totals.events(),
                totals.completed(),
                totals.failed(),
                totals.rejected(),
                took.toMillis() / 1000.0));
        if (plan.fallbackPercent() + plan.editPercent() > 0) {
            Verdict.Mix mix = verdict.mix();
            lines.add(String.format(
                    Locale.ROOT,
                    "  %d jobs called more than one model; %d edits were drawn, %d of them by the session of their"
                            + " parent",
                    mix.fellBack(),
                    mix.edits(),
                    mix.bySession()));
        }
        lines.add(String.format(
                Locale.ROOT,
                "  %d kills, %d pauses, %d crashes and %d failed starts of workers, %d restarts of the broker",
                kills,
                pauses.count(),
                crashes,
                failedStarts,
                brokerRestarts));
        if (schedulerFaults != null) {
            lines.add(String.format(
                    Locale.ROOT,
                    "  %d kills of schedulers, %d of them of the leader, %d pauses, %d crashes; %d restarts of"
                            + " PostgreSQL",
                    schedulerFaults.kills(),
                    schedulerFaults.killsOfLeaders(),
                    schedulerFaults.pauses(),
                    schedulerFaults.crashes(),
                    databaseRestarts));
            lines.add("  " + waitingAtCaps + " jobs waited when the caps were lifted");
        }
        lines.add(String.format(
                Locale.ROOT,
                "  %d requests to the store met a fault%s",
                storeFaults,
                Double.isNaN(slotsUsed)
                        ? ""
                        : String.format(Locale.ROOT, "; %.0f %% of the slots were in use", 100 * slotsUsed)));
        if (pauses.count() > 0 && plan.peer() == null) {
            lines.add("  in " + pauses.zombies() + " of the pauses the worker's session expired before it resumed");
        }
        if (recoverySeconds != null) {
            lines.add(String.format(
                    Locale.ROOT,
                    "  recovery of a killed worker's jobs: median %.1f s, p99 %.1f s",
                    recoverySeconds.median(),
                    recoverySeconds.p99()));
        }
        for (Breach breach : plan.judged()) {
            BreachCount finding = verdict.finding(breach);
            String bound = breach == Breach.OVERPAID
                    ? String.format(
                            Locale.ROOT,
                            " of %d paid calls; allowed: %d in flight at kills; of other jobs: %d",
                            totals.paidCalls(),
                            inFlightAtKills,
                            verdict.unexcused())
                    : "";
            lines.add(String.format(Locale.ROOT, "  %-15s %d%s", breach.key(), finding.count(), bound));
            // Calls in flight at a kill may be paid again, so those jobs are no examples of a fault.
            if (breach != Breach.OVERPAID || verdict.unexcused() > 0) {
                finding.examples().forEach(example -> lines.add("      " + example));
            }
        }
        Object bug = plan.scheduler() == null ? plan.bug() : plan.scheduler().bug();
        if (bug != null && holds()) {
            lines.add("  the planted bug " + bug + " was NOT SEEN");
        }
        if (!missed.isEmpty()) {
            lines.add("  points at which no worker died: " + missed);
        }
        return lines;
    }
}
