package dev.renderfleet.sandbox.gemini;

import dev.renderfleet.sandbox.gemini.ModelCatalogue.Pixels;
import java.util.List;
import java.util.OptionalLong;

/**
 * A call that the model accepted: everything that decides the answer. The digest covers the model and the whole body, so
 * the same request always gets the same picture after the same time.
 *
 * @param prompt all texts of the call, as they are billed
 * @param wanted the one of them that says what to draw
 */
public record GenerateCall(
        ModelSpec model,
        String prompt,
        String wanted,
        List<Reference> references,
        String ratio,
        String size,
        Pixels pixels,
        OptionalLong seed,
        boolean thoughts,
        boolean text,
        String digest) {

    public GenerateCall {
        references = List.copyOf(references);
    }

    /** A call with one text only. */
    GenerateCall(
            ModelSpec model,
            String prompt,
            List<Reference> references,
            String ratio,
            String size,
            Pixels pixels,
            OptionalLong seed,
            boolean thoughts,
            boolean text,
            String digest) {
        this(model, prompt, prompt, references, ratio, size, pixels, seed, thoughts, text, digest);
    }

    /** A reference picture: inline (base64), or to be fetched by the simulator as the real one does. */
    public sealed interface Reference {
        /** The base64 text as it came. */
        record Inline(String mime, String base64) implements Reference {}

        /** An https or http address. */
        record Remote(String mime, String uri) implements Reference {}
    }

    public int promptTokens() {
        int words = Math.max(1, prompt.length() / 4);
        return words + references.size() * model.tokensPerReference();
    }

    public ModelSpec.Size priced() {
        ModelSpec.Size found = model.sizes().get(size);
        if (found == null) {
            throw new IllegalStateException("a call was accepted with size " + size);
        }
        return found;
    }
}
