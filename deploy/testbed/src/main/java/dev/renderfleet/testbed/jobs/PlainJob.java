package dev.renderfleet.testbed.jobs;

import dev.renderfleet.contracts.job.OnUnknown;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.OutputSize;
import dev.renderfleet.contracts.job.Prompt;
import dev.renderfleet.contracts.job.RenderJob;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jobs that ask for nothing but a picture of a text. */
public final class PlainJob {

    private PlainJob() {}

    /** One picture of that size, in the shape that the model chooses. */
    public static RenderJob of(String tenant, String idempotencyKey, String model, String prompt, OutputSize size) {
        return of(tenant, idempotencyKey, model, prompt, size, null);
    }

    /** As above, which says what to do after a call of unknown outcome. */
    public static RenderJob of(
            String tenant,
            String idempotencyKey,
            String model,
            String prompt,
            OutputSize size,
            @Nullable OnUnknown onUnknown) {
        return new RenderJob(
                tenant,
                idempotencyKey,
                model,
                null,
                new Prompt.Text(prompt),
                List.of(),
                null,
                new Output(null, size, 1, null, List.of()),
                null,
                null,
                null,
                RenderJob.PRIORITY_DEFAULT,
                null,
                null,
                null,
                onUnknown,
                List.of(),
                null,
                Map.of(),
                null,
                Map.of());
    }
}
