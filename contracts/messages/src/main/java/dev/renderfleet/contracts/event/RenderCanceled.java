package dev.renderfleet.contracts.event;

import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;

/**
 * The job was withdrawn.
 *
 * @param message who or what withdrew it
 * @param cost what had been spent by then
 */
public record RenderCanceled(JobRef job, boolean replay, String message, Cost cost) implements RenderEvent {}
