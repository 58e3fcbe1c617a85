package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.RenderEvent;
import java.time.Duration;

/** Result of one step of a job. */
sealed interface Step {
    /**
     * The job has an outcome.
     *
     * @param record the record that led to it; another one than the job's if this repeats an earlier outcome
     */
    record Terminal(RenderEvent event, String record) implements Step {}

    /** The next step begins after {@code pause}. */
    record RetryAfter(Duration pause) implements Step {}

    /** Storage is unavailable; the last write may have happened. */
    record StorageUnavailable() implements Step {}

    /** The ledger has nothing against a call now. */
    record Callable() implements Step {}
}
