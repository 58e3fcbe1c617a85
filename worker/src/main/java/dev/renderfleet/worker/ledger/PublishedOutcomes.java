package dev.renderfleet.worker.ledger;

import dev.renderfleet.contracts.event.RenderEvent;
import java.time.Instant;

/** The outcomes that have been published. */
@FunctionalInterface
public interface PublishedOutcomes {

    /** Knows none. */
    PublishedOutcomes UNKNOWN = (_, _, _) -> false;

    /**
     * Whether a first event of that outcome, not a replay, is published for certain. False also where that cannot be found out within some
     * seconds. Never throws.
     *
     * @param record the record that led to the outcome, as {@code topic/partition/offset}
     * @param since when the outcome was stored; events of before are not looked at
     */
    boolean has(RenderEvent outcome, String record, Instant since);
}
