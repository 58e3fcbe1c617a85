package dev.renderfleet.worker.providers;

import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.contracts.job.ThinkingLevel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The request for one call of a model. The router has checked that the model supports it.
 *
 * @param model the provider's id of the model
 * @param output what is wanted, of which a model that draws one image for each call draws one; its renditions are not the model's
 * @param locale BCP 47 tag of the language of text in the picture; null: as the prompt says
 * @param timeout from sending to the last byte of the response, over all requests of the call
 * @param attempt names job and attempt, the same after a restart
 * @param earlier turns of the conversation that the request continues; empty: it begins one
 */
public record DrawRequest(
        String model,
        String prompt,
        List<ReferencePicture> references,
        Output output,
        @Nullable ThinkingLevel thinking,
        @Nullable Grounding grounding,
        @Nullable Long seed,
        @Nullable String locale,
        Duration timeout,
        String attempt,
        List<Turn> earlier) {

    public DrawRequest {
        references = List.copyOf(references);
        earlier = List.copyOf(earlier);
    }

    /** A request that begins a conversation. */
    public DrawRequest(
            String model,
            String prompt,
            List<ReferencePicture> references,
            Output output,
            @Nullable ThinkingLevel thinking,
            @Nullable Grounding grounding,
            @Nullable Long seed,
            @Nullable String locale,
            Duration timeout,
            String attempt) {
        this(model, prompt, references, output, thinking, grounding, seed, locale, timeout, attempt, List.of());
    }

    /**
     * A reference picture, fetched and checked.
     *
     * @param file in the spool, owned by the caller
     * @param role null: the picture that the prompt edits
     * @param storedKey of an object in the fleet's bucket that is this file, and never changes; null: there is none
     */
    public record ReferencePicture(
            Path file,
            String mime,
            long bytes,
            @Nullable ReferenceRole role,
            @Nullable String storedKey) {

        /** One that is only in the spool. */
        public ReferencePicture(Path file, String mime, long bytes, @Nullable ReferenceRole role) {
            this(file, mime, bytes, role, null);
        }
    }
}
