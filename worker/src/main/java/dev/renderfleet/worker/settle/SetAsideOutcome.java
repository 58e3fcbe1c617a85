package dev.renderfleet.worker.settle;

import java.time.Instant;

/**
 * An outcome that cannot be written. Its record stays open.
 *
 * @param record as {@code topic/partition/offset}
 * @param topics that it is written to
 * @param cause Kafka's message
 * @param since when the job finished
 */
public record SetAsideOutcome(String record, String topics, String cause, Instant since) {}
