package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.worker.ledger.LedgerEntry.History;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Result of one step of a job. */
sealed interface Step {
    /**
     * The job has an outcome.
     *
     * @param record the record that led to it; another one than the job's if this repeats an earlier outcome
     */
    record Terminal(RenderEvent event, String record) implements Step {}

    /**
     * The next step begins after {@code pause}.
     *
     * @param history of the job, as the ledger has it; null: as before
     * @param running the model whose task goes on meanwhile; null: none does
     */
    record RetryAfter(
            Duration pause,
            @Nullable History history,
            @Nullable String running) implements Step {
        RetryAfter(Duration pause, History history) {
            this(pause, history, null);
        }

        RetryAfter(Duration pause) {
            this(pause, null, null);
        }
    }

    /** Storage is unavailable; the last write may have happened. */
    record StorageUnavailable() implements Step {}

    /** The ledger has nothing against a call now. */
    record Callable(History history) implements Step {}
}
