package dev.renderfleet.worker.intake;

import dev.renderfleet.worker.intake.Window.Reservation;
import dev.renderfleet.worker.settle.Delivery.Assignment;
import org.apache.kafka.common.TopicPartition;

/**
 * A record whose lane has no room in the window. It is open, and its value is read again later. About 80 bytes.
 *
 * @param room what it needs in the window
 */
record DeferredRecord(TopicPartition partition, long offset, long since, Reservation room, Assignment assignment)
        implements Backlog.Waiting {}
