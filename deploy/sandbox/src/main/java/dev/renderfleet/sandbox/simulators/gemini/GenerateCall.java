package dev.renderfleet.sandbox.simulators.gemini;

import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import dev.renderfleet.sandbox.simulators.SimulatedCall;
import dev.renderfleet.sandbox.simulators.gemini.GeminiModels.Pixels;
import java.util.List;
import java.util.OptionalLong;

/**
 * A call that the model accepted: everything that decides the answer. The digest covers the model and the whole body, so
 * the same request always gets the same picture after the same time.
 *
 * @param prompt all texts of the call, as they are billed
 * @param turn those of its last turn
 * @param wanted the one of them that says what to draw
 * @param references of all turns
 * @param past how many of the references only earlier turns are about
 */
record GenerateCall(
        GeminiModel model,
        String prompt,
        String turn,
        String wanted,
        List<Reference> references,
        int past,
        Searches search,
        String ratio,
        String size,
        Pixels pixels,
        OptionalLong seed,
        boolean thoughts,
        boolean text,
        String digest) {

    /** What the model may search for. */
    record Searches(boolean pages, boolean pictures) {
        static final Searches NONE = new Searches(false, false);

        boolean any() {
            return pages || pictures;
        }
    }

    GenerateCall {
        references = List.copyOf(references);
    }

    SimulatedCall facts() {
        return new SimulatedCall(model.id(), turn, digest);
    }

    /** Whether earlier turns came with it. */
    boolean continues() {
        return !turn.equals(prompt);
    }

    int promptTokens() {
        int words = Math.max(1, prompt.length() / 4);
        return words + references.size() * model.tokensPerReference();
    }

    GeminiModel.Size priced() {
        GeminiModel.Size found = model.sizes().get(size);
        if (found == null) {
            throw new IllegalStateException("a call was accepted with size " + size);
        }
        return found;
    }
}
