package dev.renderfleet.contracts.event;

import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.JobRef;

/**
 * The job was canceled.
 *
 * @param message by whom and why
 * @param cost spent until then
 */
public record RenderCanceled(JobRef job, boolean replay, String message, Cost cost) implements RenderEvent {}
