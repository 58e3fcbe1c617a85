/**
 * When a model may be called: holds after refusals, the way back from them, and this worker's share of the provider's quota.
 * Plain Java that knows signals, failure kinds and nothing else of the worker.
 *
 * <p>Each model has one {@link dev.renderfleet.worker.limits.Gate}, which its jobs pass one at a time, the longest waiting first. Only
 * the first in line looks at hold and quota, waits for both without a slot, and then takes its slot; so quota is spent only by a job
 * that is about to call, and one that only waits costs nothing but its thread. Different models share no lock.
 *
 * <p>Nobody coordinates the workers. A hold is told to the siblings as a signal. A share of the quota is what a worker owns of the
 * partitions of {@code render.jobs}; ownership is exclusive, so shares sum to the quota. What neither can know, such as how much of
 * the day's quota was spent before a worker started, the provider tells by a refusal, which costs nothing and becomes a hold.
 */
@NullMarked
package dev.renderfleet.worker.limits;

import org.jspecify.annotations.NullMarked;
