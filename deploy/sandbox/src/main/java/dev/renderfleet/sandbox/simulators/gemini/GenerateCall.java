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
 * @param wanted the one of them that says what to draw
 */
record GenerateCall(
        GeminiModel model,
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

    GenerateCall {
        references = List.copyOf(references);
    }

    SimulatedCall facts() {
        return new SimulatedCall(model.id(), prompt, digest);
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
