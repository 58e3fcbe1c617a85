/**
 * The core: {@link dev.renderfleet.worker.job.JobRunner} runs one job from claim to outcome, {@link
 * dev.renderfleet.worker.job.RenderAttempt} makes one call, {@link dev.renderfleet.worker.job.RetryPolicy} decides on another. Plain
 * Java that depends on ports only.
 *
 * <p>Not built yet: renditions belong between check and store in {@code Finisher}.
 */
@NullMarked
package dev.renderfleet.worker.job;

import org.jspecify.annotations.NullMarked;
