package dev.renderfleet.worker.intake;

import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.worker.intake.Window.Reservation;
import dev.renderfleet.worker.settle.Delivery;

/**
 * A record in progress, decoded: the payload of the channel's messages.
 *
 * @param room its room in the window, until it is acknowledged
 */
public record IncomingJob(Delivery delivery, DecodedJob decoded, Reservation room) {}
