package dev.renderfleet.scheduler.routing;

import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.job.RenderJob;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A job as workers get it. */
public final class WorkerJob {

    private WorkerJob() {}

    /** The job without what the scheduler alone waits for: a worker rejects that. The fingerprint stays. */
    public static RenderJob of(RenderJob job, @Nullable Budget budget) {
        return new RenderJob(
                job.tenant(),
                job.idempotencyKey(),
                job.model(),
                job.routing(),
                job.prompt(),
                job.references(),
                job.parent(),
                job.output(),
                job.grounding(),
                job.thinking(),
                job.seed(),
                job.priority(),
                null,
                job.deadline(),
                budget,
                job.onUnknown(),
                List.of(),
                null,
                job.batchId(),
                job.labels(),
                job.callback(),
                job.unknownFields());
    }
}
