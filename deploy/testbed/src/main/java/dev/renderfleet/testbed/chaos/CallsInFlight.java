package dev.renderfleet.testbed.chaos;

import dev.renderfleet.cli.audit.LedgerView;
import dev.renderfleet.cli.audit.ParallelReads;
import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.sandbox.SimulatorControl;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The calls that would be lost with a worker: the simulators list the calls, the ledger the worker of each. A call is in flight from its
 * bill until the ledger entry of its job is updated, since a response that is not recorded is lost as well. Never more than the worker's
 * slots. A call whose task is in the ledger is not lost: another worker resumes it.
 */
final class CallsInFlight {

    /** Answered calls that are read, besides those in progress. */
    private static final int ANSWERED_LOOKED_AT = 500;

    private final List<SimulatorControl> simulators;
    private final Bucket bucket;
    private final Map<String, String> jobsByPrompt;
    private final EventTracker events;
    private final boolean hasLedger;

    /** @param hasLedger whether a ledger names the worker of a call; otherwise each call in flight counts as the worker's */
    CallsInFlight(
            List<SimulatorControl> simulators,
            Bucket bucket,
            Map<String, String> jobsByPrompt,
            EventTracker events,
            boolean hasLedger) {
        this.hasLedger = hasLedger;
        this.simulators = List.copyOf(simulators);
        this.bucket = bucket;
        this.jobsByPrompt = jobsByPrompt;
        this.events = events;
    }

    /** A call in flight, and since when. */
    record InFlightCall(String jobId, Instant since) {}

    /** The calls of a killed worker: calls that are not billed yet never will be. */
    Set<InFlightCall> ofKilled(String worker) {
        Map<String, Instant> billed = latestCalls();
        return of(worker, billed.keySet(), billed, false);
    }

    /** The calls of a paused worker: calls that it was about to send follow when it resumes. */
    Set<InFlightCall> ofPaused(String worker) {
        return of(worker, jobsByPrompt.values(), latestCalls(), true);
    }

    private Set<InFlightCall> of(
            String worker, Collection<String> jobs, Map<String, Instant> billed, boolean willGoOn) {
        List<String> candidates =
                jobs.stream().filter(job -> events.firstSeen(job) == null).toList();
        if (!hasLedger) {
            return candidates.stream()
                    .filter(billed::containsKey)
                    .map(job -> new InFlightCall(job, Objects.requireNonNull(billed.get(job))))
                    .collect(Collectors.toSet());
        }
        return ParallelReads.ask(candidates, job -> claimOf(worker, job)).stream()
                .flatMap(Optional::stream)
                .filter(claim -> (willGoOn && claim.mayBeOut())
                        || !billed.getOrDefault(claim.job(), Instant.MIN).isBefore(claim.preparedAt()))
                .map(claim -> new InFlightCall(claim.job(), claim.preparedAt()))
                .collect(Collectors.toSet());
    }

    private Map<String, Instant> latestCalls() {
        Map<String, Instant> latest = new HashMap<>();
        for (SimulatorControl simulator : simulators) {
            simulator.running().calls().forEach(call -> note(latest, call.prompt(), call.time()));
            simulator
                    .ledger(ANSWERED_LOOKED_AT)
                    .entries()
                    .forEach(call -> note(latest, call.promptText(), call.time()));
        }
        return latest;
    }

    private void note(Map<String, Instant> latest, String prompt, String time) {
        String jobId = jobsByPrompt.get(RandomJobs.promptIn(prompt));
        if (jobId != null) {
            latest.merge(jobId, Instant.parse(time), (a, b) -> a.isAfter(b) ? a : b);
        }
    }

    private record OwnClaim(String job, Instant preparedAt, boolean mayBeOut) {}

    private Optional<OwnClaim> claimOf(String worker, String job) {
        return bucket.find(LedgerView.key(job)).map(LedgerView::read).stream()
                .flatMap(look -> look instanceof LedgerView.Claimed claim
                                && !claim.isTask()
                                && (claim.owner().equals(worker)
                                        || claim.owner().startsWith(worker + "/"))
                        ? Stream.of(new OwnClaim(job, claim.preparedAt(), claim.pendingUsdMicros() > 0))
                        : Stream.empty())
                .findFirst();
    }
}
