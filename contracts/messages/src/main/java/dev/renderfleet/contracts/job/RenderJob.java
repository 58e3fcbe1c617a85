package dev.renderfleet.contracts.job;

import dev.renderfleet.contracts.job.Routing.Fallback;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A render job, version 1, as published to {@code render.jobs} (render now) or {@code render.requests} (schedule).
 *
 * <p>Only {@code tenant}, {@code idempotencyKey} and {@code prompt} are required. The same key with the same fingerprint is the same
 * job, however often it is published; see {@link dev.renderfleet.contracts.identity.Fingerprint}.
 *
 * @param tenant the customer who pays; 1 to 64 characters of {@code [a-z0-9-_.]}, the first a letter or digit,
 *     no two dots in a row
 * @param idempotencyKey the producer's id of this job within the tenant; 1 to 200 printable characters
 * @param model a model id or alias; absent: the router chooses
 * @param routing required capabilities and preference; absent: the cheapest suitable model, no fallback
 * @param prompt text, or template with variables
 * @param references input images for the model, at most 14
 * @param parent id of a completed job of the same tenant, whose first image this one edits
 * @param output shape of the requested image
 * @param grounding which web searches the model may use
 * @param thinking how long the model may think
 * @param seed asks for a repeatable result where the model offers it
 * @param priority 0 (can wait) to 9 (urgent); 5 if absent. Only the scheduler orders by it
 * @param notBefore earliest start; only the scheduler waits for it
 * @param deadline a job that has not started by then is rejected and costs nothing
 * @param budget upper bound of what the job may cost
 * @param onUnknown what to do after a call with an unknown outcome, which may have been billed; absent: retry
 * @param dependsOn ids of jobs of the same tenant that must have completed before; only the scheduler waits for them
 * @param onDependencyFailure what becomes of this job when one that it needs does not complete; absent: fail
 * @param batchId groups jobs; copied into events
 * @param labels names and values of the producer's choice (sku, locale), copied into events; {@code locale} is also the language of text
 *     in the image
 * @param callback https address to which the scheduler posts the outcome
 * @param unknownFields unknown fields, kept unchanged and written back where they were found: by name, nested below the name of their
 *     object, and for lists of objects as one object per element
 */
public record RenderJob(
        String tenant,
        String idempotencyKey,
        @Nullable String model,
        @Nullable Routing routing,
        Prompt prompt,
        List<Reference> references,
        @Nullable String parent,
        Output output,
        @Nullable Grounding grounding,
        @Nullable ThinkingLevel thinking,
        @Nullable Long seed,
        int priority,
        @Nullable Instant notBefore,
        @Nullable Instant deadline,
        @Nullable Budget budget,
        @Nullable OnUnknown onUnknown,
        List<String> dependsOn,
        @Nullable OnDependencyFailure onDependencyFailure,
        @Nullable String batchId,
        Map<String, String> labels,
        @Nullable URI callback,
        Map<String, Object> unknownFields) {

    /** Priority of a job that names none. */
    public static final int PRIORITY_DEFAULT = 5;

    public RenderJob {
        references = List.copyOf(references);
        dependsOn = List.copyOf(dependsOn);
        labels = Map.copyOf(labels);
        unknownFields = Map.copyOf(unknownFields);
    }

    /** How many images a call sends beside the prompt: the references, a mask among them, and the parent's. */
    public int inputImages() {
        return references.size() + (parent == null ? 0 : 1);
    }

    /** Whether another model may be used after a failure; by default none. */
    public Fallback fallback() {
        return routing == null || routing.fallback() == null ? Fallback.NONE : routing.fallback();
    }

    /** Language of text in the image as a BCP 47 tag, or null if the job names none. */
    public @Nullable String locale() {
        return labels.get("locale");
    }
}
