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

/** What the harness did to workers, and what they had out at that moment. Safe for use by many threads. */
final class KillLog {

    /**
     * How often a worker was paused.
     *
     * @param zombies in how many of them it was a member of the workers' group when it was stopped and none any more before it went on
     */
    record Pauses(int count, int zombies) {}

    private record Kill(Instant at, Set<InFlightCall> calls) {}

    private final List<Kill> kills = new ArrayList<>();
    private final Set<InFlightCall> inFlight = new HashSet<>();
    private final List<Instant> pauses = new ArrayList<>();
    private int zombies;
    private int crashes;
    private int failedStarts;

    /** Returns how many of the calls were not lost before: what a dead predecessor of the same name had out may still be claimed. */
    synchronized int killed(Instant at, Set<InFlightCall> calls) {
        Set<InFlightCall> lost = new HashSet<>(calls);
        lost.removeAll(inFlight);
        kills.add(new Kill(at, lost));
        inFlight.addAll(lost);
        return lost.size();
    }

    /** As {@link #killed}. */
    synchronized int paused(Instant at, Set<InFlightCall> calls) {
        pauses.add(at);
        int before = inFlight.size();
        inFlight.addAll(calls);
        return inFlight.size() - before;
    }

    /** The worker of the latest pause has left the group before it went on. */
    synchronized void takenForDead() {
        zombies++;
    }

    /** A worker died by itself: nothing that it had out excuses a call. */
    synchronized void crashed() {
        crashes++;
    }

    /** A worker did not come up and was started again. */
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

    /** Calls that were out at a kill or a pause, each counted once. */
    synchronized int inFlight() {
        return inFlight.size();
    }

    /** Tells all of it, for the judge to excuse what follows from it. */
    synchronized void testify(Evidence evidence) {
        inFlight.forEach(call -> evidence.lost(call.jobId(), 1));
        kills.forEach(kill -> evidence.disturbed(kill.at()));
        pauses.forEach(evidence::disturbed);
    }

    /** DurationConverter from each kill to the outcome of each job that the worker had out; null if it had none. */
    synchronized @Nullable Distribution recoverySeconds(EventTracker events) {
        List<Double> seconds = new ArrayList<>();
        for (Kill kill : kills) {
            for (InFlightCall call : kill.calls()) {
                Instant told = events.firstSeen(call.jobId());
                if (told != null) {
                    seconds.add(Duration.between(kill.at(), told).toMillis() / 1000.0);
                }
            }
        }
        return seconds.isEmpty() ? null : Distribution.of(seconds);
    }
}
