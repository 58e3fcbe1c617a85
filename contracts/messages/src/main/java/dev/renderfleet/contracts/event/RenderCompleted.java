package dev.renderfleet.contracts.event;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.ParentEdit;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.EventParts.SearchResults;
import dev.renderfleet.contracts.event.EventParts.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The images are stored and readable.
 *
 * @param edit absent: the job has no parent
 * @param search absent: the model searched for nothing
 */
public record RenderCompleted(
        JobRef job,
        boolean replay,
        List<Image> images,
        ModelChoice model,
        List<Attempt> attempts,
        Usage usage,
        Cost cost,
        Latency latency,
        Provenance provenance,
        @Nullable ParentEdit edit,
        @Nullable SearchResults search)
        implements RenderEvent {
    public RenderCompleted {
        images = List.copyOf(images);
        attempts = List.copyOf(attempts);
    }

    /** Of a job without a parent and without searches. */
    public RenderCompleted(
            JobRef job,
            boolean replay,
            List<Image> images,
            ModelChoice model,
            List<Attempt> attempts,
            Usage usage,
            Cost cost,
            Latency latency,
            Provenance provenance) {
        this(job, replay, images, model, attempts, usage, cost, latency, provenance, null, null);
    }
}
