package dev.renderfleet.testbed.jobs;

import dev.renderfleet.contracts.job.Budget;
import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.Prompt;
import dev.renderfleet.contracts.job.RenderJob;
import dev.renderfleet.contracts.job.Routing;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds jobs with few fields. */
public final class PlainJob {

    private PlainJob() {}

    /** One image of that size; the model chooses the aspect ratio. */
    public static RenderJob of(String tenant, String idempotencyKey, String model, String prompt, OutputSize size) {
        return of(tenant, idempotencyKey, model, prompt, size, null);
    }

    /** As above, with a policy for calls of unknown outcome. */
    public static RenderJob of(
            String tenant,
            String idempotencyKey,
            String model,
            String prompt,
            OutputSize size,
            @Nullable OnUnknown onUnknown) {
        return of(tenant, idempotencyKey, model, null, prompt, null, size, null, onUnknown);
    }

    /** As above, with what else decides on its model and its price. */
    public static RenderJob of(
            String tenant,
            String idempotencyKey,
            @Nullable String model,
            @Nullable Routing routing,
            String prompt,
            @Nullable String parent,
            OutputSize size,
            @Nullable Budget budget,
            @Nullable OnUnknown onUnknown) {
        return new RenderJob(
                tenant,
                idempotencyKey,
                model,
                routing,
                new Prompt.Text(prompt),
                List.of(),
                parent,
                new Output(null, size, 1, null, null, null, List.of()),
                null,
                null,
                null,
                RenderJob.PRIORITY_DEFAULT,
                null,
                null,
                budget,
                onUnknown,
                List.of(),
                null,
                null,
                Map.of(),
                null,
                Map.of());
    }
}
