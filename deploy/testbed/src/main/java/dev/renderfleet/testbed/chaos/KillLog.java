package dev.renderfleet.testbed.chaos;

import dev.renderfleet.testbed.audit.Evidence;
import dev.renderfleet.testbed.chaos.CallsInFlight.InFlightCall;
import dev.renderfleet.testbed.figures.Distribution;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Kills and pauses of workers, with their calls in flight. Safe for use by many threads. */
final class KillLog {

    /**
     * Number of pauses.
     *
     * @param zombies pauses in which the worker was a group member before and an expired one when it resumed
     */
    record Pauses(int count, int zombies) {}

    private record Kill(Instant at, Set<InFlightCall> calls) {}

    private final List<Kill> kills = new ArrayList<>();
    private final Set<InFlightCall> inFlight = new HashSet<>();
    private final List<Instant> pauses = new ArrayList<>();
    private int zombies;
    private int crashes;
    private int failedStarts;

    /** Returns how many of the calls were not recorded before: calls of a killed predecessor may still be claimed under the same name. */
    synchronized int killed(Instant at, Set<InFlightCall> calls) {
        Set<InFlightCall> lost = new HashSet<>(calls);
        lost.removeAll(inFlight);
        kills.add(new Kill(at, lost));
        inFlight.addAll(lost);
        return lost.size();
    }

    /** Like {@link #killed}. */
    synchronized int paused(Instant at, Set<InFlightCall> calls) {
        pauses.add(at);
        int before = inFlight.size();
        inFlight.addAll(calls);
        return inFlight.size() - before;
    }

    /** The latest pause outlasted the worker's session: it is no group member any more. */
    synchronized void expiredWhilePaused() {
        zombies++;
    }

    /** A worker crashed: its calls in flight excuse no second call. */
    synchronized void crashed() {
        crashes++;
    }

    /** A start failed and was repeated. */
    synchronized void startFailed() {
        failedStarts++;
    }

    synchronized int failedStarts() {
        return failedStarts;
    }

    synchronized int kills() {
        return kills.size();
    }

    synchronized Pauses pauses() {
        return new Pauses(pauses.size(), zombies);
    }

    synchronized int crashes() {
        return crashes;
    }

    /** Calls in flight at a kill or a pause, each counted once. */
    synchronized int inFlight() {
        return inFlight.size();
    }

    /** Adds all kills and pauses to the evidence, which excuse second calls. */
    synchronized void addTo(Evidence evidence) {
        inFlight.forEach(call -> evidence.addLostCalls(call.jobId(), 1));
        kills.forEach(kill -> evidence.addDisturbance(kill.at()));
        pauses.forEach(evidence::addDisturbance);
    }

    /** Seconds from each kill to the outcome of each of the worker's jobs; null without such a job. */
    synchronized @Nullable Distribution recoverySeconds(EventTracker events) {
        List<Double> seconds = new ArrayList<>();
        for (Kill kill : kills) {
            for (InFlightCall call : kill.calls()) {
                Instant outcome = events.firstSeen(call.jobId());
                if (outcome != null) {
                    seconds.add(Duration.between(kill.at(), outcome).toMillis() / 1000.0);
                }
            }
        }
        return seconds.isEmpty() ? null : Distribution.of(seconds);
    }
}
