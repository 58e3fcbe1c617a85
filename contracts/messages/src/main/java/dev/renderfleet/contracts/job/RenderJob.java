package dev.renderfleet.contracts.job;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One render job, version 1: what a producer publishes to {@code render.jobs} (run now) or {@code render.requests} (be scheduled).
 *
 * <p>Only {@code tenant}, {@code idempotencyKey} and {@code prompt} are required. The same key with the same deciding fields is the
 * same job, however often it is published; see {@link dev.renderfleet.contracts.identity.Fingerprint} for which fields decide.
 *
 * @param tenant who pays; 1 to 64 characters of {@code [a-z0-9-_.]}, first one a letter or digit, no two dots in a row
 * @param idempotencyKey the producer's own name of this job within the tenant; 1 to 200 printable characters
 * @param model a model id or alias; absent: the router chooses
 * @param routing what the model must offer and how to choose between candidates; absent: cheapest that fits, no fallback
 * @param prompt text, or template with variables
 * @param references pictures the model shall look at, at most 14
 * @param parent id of the job whose result this one edits
 * @param output shape of the wanted picture
 * @param grounding which web sources the model may consult
 * @param thinking how long the model may think
 * @param seed asks for a repeatable result where the model offers it
 * @param priority 0 (can wait) to 9 (urgent); 5 if absent. Only the scheduler orders by it
 * @param notBefore earliest start; only the scheduler waits for it
 * @param deadline a job that has not been started by then is rejected and costs nothing
 * @param budget upper bound of what the job may cost
 * @param onUnknown what to do after a call that may have been billed and whose outcome is unknown; absent: retry
 * @param dependsOn ids of jobs that must have completed before; only the scheduler waits for them
 * @param batchId groups jobs, carried into events
 * @param labels free names and values (sku, locale), carried into events; {@code locale} also tells the model the language of text
 * @param callback https address told of the outcome by the scheduler
 * @param unknownFields fields this version does not know, carried along untouched and written back where they were found: by name,
 *     below the name of the object they stood in, and for lists of objects as one object per element
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
        @Nullable String batchId,
        Map<String, String> labels,
        @Nullable URI callback,
        Map<String, Object> unknownFields) {

    /** The priority of a job that names none. */
    public static final int PRIORITY_DEFAULT = 5;

    public RenderJob {
        references = List.copyOf(references);
        dependsOn = List.copyOf(dependsOn);
        labels = Map.copyOf(labels);
        unknownFields = Map.copyOf(unknownFields);
    }

    /** The language of text in the picture as a BCP 47 tag, or null if the job names none. */
    public @Nullable String locale() {
        return labels.get("locale");
    }
}
