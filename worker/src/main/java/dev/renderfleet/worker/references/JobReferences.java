package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.worker.references.FetchOutcome.DeadlinePassed;
import dev.renderfleet.worker.references.FetchOutcome.Later;
import dev.renderfleet.worker.references.FetchOutcome.Refused;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The references of one job, which it fetches before each attempt. Counts how long the job has waited for them: a worker that takes
 * the job over begins anew. Not thread-safe.
 */
public final class JobReferences {

    /** Waits between tries in all, before the job is refused, unless the failure allows less. */
    static final Duration WAIT_MAX = Duration.ofHours(1);

    private static final Duration BACKOFF_FIRST = Duration.ofSeconds(2);
    private static final int DOUBLINGS_MAX = 5;
    private static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(10);

    private final ReferencePrefetcher prefetcher;
    private final ReferenceDemand demand;
    private Duration waited = Duration.ZERO;
    private int tries;
    private @Nullable Later last;

    JobReferences(ReferencePrefetcher prefetcher, ReferenceDemand demand) {
        this.prefetcher = prefetcher;
        this.demand = demand;
    }

    /**
     * Waits for its turn, then fetches all references or none.
     *
     * @param model that the job waits for afterwards
     */
    public FetchOutcome fetch(String model) {
        if (demand.references().isEmpty()) {
            return FetchOutcome.Fetched.NONE;
        }
        // The one that failed goes first, so that the others are not downloaded with each try.
        return switch (prefetcher.fetch(demand, model, last == null ? 0 : last.reference())) {
            case Later later -> bounded(later);
            case DeadlinePassed _
            when last != null ->
                new Refused(
                        FailureCode.DEADLINE_PASSED,
                        "deadline",
                        "the deadline passed while the job waited for a reference: " + last.message());
            case FetchOutcome outcome -> outcome;
        };
    }

    /** Doubles the pause with each try, up to a minute unless the host asks for more. */
    private FetchOutcome bounded(Later later) {
        last = later;
        Duration left = later.waitMax().minus(waited);
        if (!left.isPositive()) {
            return new Refused(
                    FailureCode.REFERENCE_UNAVAILABLE,
                    demand.field(later.reference()),
                    later.message() + ", for " + later.waitMax().toMinutes() + " minutes");
        }
        Duration backoff = BACKOFF_FIRST.multipliedBy(1L << Math.min(tries++, DOUBLINGS_MAX));
        Duration asked = min(later.retryAfter(), RETRY_AFTER_MAX);
        Duration pause = min(asked.compareTo(backoff) > 0 ? asked : backoff, left);
        waited = waited.plus(pause);
        return new Later(pause, later.waitMax(), later.reference(), later.message());
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
