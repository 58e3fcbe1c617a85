package dev.renderfleet.worker.job;

import dev.renderfleet.worker.inputs.InputLoader;
import dev.renderfleet.worker.limits.ModelLimiter;
import dev.renderfleet.worker.limits.Slots;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;

/**
 * What a call needs before it starts. Safe for use by many threads.
 *
 * @param limiter quota of the model, and no hold on it
 * @param slots one of the places for renders that run at the same time
 * @param inputs what the job's calls send, fetched before it waits for the others
 * @param roomForCalls whether the disk has room for the images of so many calls at once
 * @param lacksProvider whether other workers can call a provider that this one cannot, so that it refuses no job
 * @param cancellations of jobs, which need no call any more
 */
public record Capacity(
        ModelLimiter limiter,
        Slots slots,
        InputLoader inputs,
        IntPredicate roomForCalls,
        BooleanSupplier lacksProvider,
        Cancellations cancellations) {

    /** Admits nothing more; jobs that wait for admission return without it. */
    public void close() {
        inputs.close();
        limiter.shutdown();
        slots.close();
    }
}
