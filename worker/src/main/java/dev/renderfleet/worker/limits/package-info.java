/**
 * Decides when a model may be called: {@link dev.renderfleet.worker.limits.Slots} bounds the renders in progress, {@link
 * dev.renderfleet.worker.limits.ModelHold} pauses a model after refusals, {@link dev.renderfleet.worker.limits.QuotaShare} keeps
 * this worker's share of the provider's quota. Workers do not coordinate (ADR 8): holds travel as signals, shares follow partitions.
 */
@NullMarked
package dev.renderfleet.worker.limits;

import org.jspecify.annotations.NullMarked;
