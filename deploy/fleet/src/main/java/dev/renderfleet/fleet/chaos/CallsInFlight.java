package dev.renderfleet.fleet.chaos;

import dev.renderfleet.fleet.audit.LedgerLook;
import dev.renderfleet.fleet.audit.SideBySide;
import dev.renderfleet.fleet.jobs.Bucket;
import dev.renderfleet.sandbox.SimulatorControl;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which billed calls a worker has out: the simulator knows the calls, the ledger whose they are. A call is out from its bill until
 * the ledger entry of its job has moved on; an answer that has arrived and is not yet recorded would be lost as well. Never more than
 * the worker's slots.
 */
final class CallsInFlight {

    /** Calls that have just been answered, beside those that run. */
    private static final int ANSWERED_LOOKED_AT = 500;

    private final SimulatorControl simulator;
    private final Bucket bucket;
    private final Map<String, String> jobsByPrompt;
    private final EventWatch events;
    private final boolean claimsAreKept;

    /** @param claimsAreKept whether a ledger says whose a call is; else each call that is out counts as the dead worker's */
    CallsInFlight(
            SimulatorControl simulator,
            Bucket bucket,
            Map<String, String> jobsByPrompt,
            EventWatch events,
            boolean claimsAreKept) {
        this.claimsAreKept = claimsAreKept;
        this.simulator = simulator;
        this.bucket = bucket;
        this.jobsByPrompt = jobsByPrompt;
        this.events = events;
    }

    /** A call that was out. */
    record Call(String jobId, Instant billed) {}

    /** The calls of a worker that does not move any more. */
    Set<Call> of(String worker) {
        List<Call> candidates = latestCalls().entrySet().stream()
                .filter(call -> events.firstSeen(call.getKey()) == null)
                .map(call -> new Call(call.getKey(), call.getValue()))
                .toList();
        if (!claimsAreKept) {
            return Set.copyOf(candidates);
        }
        return SideBySide.ask(candidates, call -> isOf(worker, call) ? List.of(call) : List.<Call>of()).stream()
                .flatMap(List::stream)
                .collect(Collectors.toSet());
    }

    private Map<String, Instant> latestCalls() {
        Map<String, Instant> latest = new HashMap<>();
        simulator.running().calls().forEach(call -> note(latest, call.prompt(), call.time()));
        simulator.ledger(ANSWERED_LOOKED_AT).entries().forEach(call -> note(latest, call.promptText(), call.time()));
        return latest;
    }

    private void note(Map<String, Instant> latest, String prompt, String time) {
        String jobId = jobsByPrompt.get(prompt);
        if (jobId != null) {
            latest.merge(jobId, Instant.parse(time), (a, b) -> a.isAfter(b) ? a : b);
        }
    }

    private boolean isOf(String worker, Call call) {
        return bucket.find(LedgerLook.key(call.jobId())).map(LedgerLook::read).stream()
                .anyMatch(look -> look instanceof LedgerLook.Claimed claim
                        && (claim.owner().equals(worker) || claim.owner().startsWith(worker + "/"))
                        && !call.billed().isBefore(claim.preparedAt()));
    }
}
