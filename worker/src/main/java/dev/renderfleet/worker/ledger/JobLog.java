package dev.renderfleet.worker.ledger;

import org.jspecify.annotations.Nullable;

/** The topic of jobs. Its offsets show what was published before and after a moment, whatever the producers' clocks say. */
@FunctionalInterface
public interface JobLog {

    /** Knows nothing: records are compared by their timestamps. */
    JobLog UNKNOWN = () -> null;

    /** The end of the topic, not older than this call; null if Kafka does not answer within some seconds. Never throws. */
    @Nullable
    LogEnd end();
}
