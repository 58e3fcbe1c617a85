package dev.renderfleet.contracts.event;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.EventParts.Cost;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.EventParts.JobRef;
import dev.renderfleet.contracts.event.EventParts.Latency;
import dev.renderfleet.contracts.event.EventParts.ModelChoice;
import dev.renderfleet.contracts.event.EventParts.Provenance;
import dev.renderfleet.contracts.event.EventParts.Usage;
import java.util.List;

/** The images are stored and readable. */
public record RenderCompleted(
        JobRef job,
        boolean replay,
        List<Image> images,
        ModelChoice model,
        List<Attempt> attempts,
        Usage usage,
        Cost cost,
        Latency latency,
        Provenance provenance)
        implements RenderEvent {
    public RenderCompleted {
        images = List.copyOf(images);
        attempts = List.copyOf(attempts);
    }
}
