package dev.renderfleet.fleet.chaos;

import dev.renderfleet.fleet.chaos.CallsInFlight.Call;
import dev.renderfleet.fleet.figures.Distribution;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the harness did to workers, and what they had out at that moment. Safe for use by many threads. */
final class Losses {

    private record Kill(Instant at, Set<Call> calls) {}

    private final List<Kill> kills = new ArrayList<>();
    private final Set<Call> inFlight = new HashSet<>();
    private int pauses;
    private int crashes;

    synchronized void killed(Instant at, Set<Call> calls) {
        kills.add(new Kill(at, calls));
        inFlight.addAll(calls);
    }

    synchronized void paused(Set<Call> calls) {
        pauses++;
        inFlight.addAll(calls);
    }

    /** A worker died by itself: nothing that it had out excuses a call. */
    synchronized void crashed() {
        crashes++;
    }

    synchronized int kills() {
        return kills.size();
    }

    synchronized int pauses() {
        return pauses;
    }

    synchronized int crashes() {
        return crashes;
    }

    /** Calls that were out at a kill or a pause, each counted once. */
    synchronized int inFlight() {
        return inFlight.size();
    }

    /** Seconds from each kill to the outcome of each job that the worker had out; null if it had none. */
    synchronized @Nullable Distribution recoverySeconds(EventWatch events) {
        List<Double> seconds = new ArrayList<>();
        for (Kill kill : kills) {
            for (Call call : kill.calls()) {
                Instant told = events.firstSeen(call.jobId());
                if (told != null) {
                    seconds.add(Duration.between(kill.at(), told).toMillis() / 1000.0);
                }
            }
        }
        return seconds.isEmpty() ? null : Distribution.of(seconds);
    }
}
