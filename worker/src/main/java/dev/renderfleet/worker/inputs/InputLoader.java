package dev.renderfleet.worker.inputs;

import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.worker.ledger.Ledger;
import dev.renderfleet.worker.references.ReferenceDemand;
import dev.renderfleet.worker.references.ReferencePrefetcher;
import java.time.InstantSource;

/** Loads what the calls of jobs send. Safe for use by many threads. */
public final class InputLoader {

    private final Ledger ledger;
    private final ReferencePrefetcher prefetcher;
    private final SessionStore sessions;
    private final InstantSource clock;

    public InputLoader(Ledger ledger, ReferencePrefetcher prefetcher, SessionStore sessions, InstantSource clock) {
        this.ledger = ledger;
        this.prefetcher = prefetcher;
        this.sessions = sessions;
        this.clock = clock;
    }

    /**
     * The inputs of one job.
     *
     * @param own the references that the job names
     */
    public JobInputs of(RenderJob job, ReferenceDemand own) {
        return new JobInputs(job, own, new ParentImage(job, ledger, clock), prefetcher, sessions);
    }

    /** As {@link ReferencePrefetcher#downloads}. */
    public int downloads() {
        return prefetcher.downloads();
    }

    /** As {@link ReferencePrefetcher#close}. */
    public void close() {
        prefetcher.close();
    }
}
