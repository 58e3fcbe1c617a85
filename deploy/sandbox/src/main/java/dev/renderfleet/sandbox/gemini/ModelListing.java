package dev.renderfleet.sandbox.gemini;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The JSON of {@code GET /v1beta/models} and of one model. */
final class ModelListing {
    private static final int INPUT_TOKENS = 65_536;
    private static final int OUTPUT_TOKENS = 32_768;

    private ModelListing() {}

    static ObjectNode all(ModelCatalogue catalogue) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        var list = answer.putArray("models");
        catalogue.models().stream()
                .filter(model -> !model.retired())
                .map(ModelListing::one)
                .forEach(list::add);
        return answer;
    }

    static ObjectNode one(ModelSpec model) {
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("name", "models/" + model.id())
                .put("displayName", model.displayName())
                .put("inputTokenLimit", INPUT_TOKENS)
                .put("outputTokenLimit", OUTPUT_TOKENS)
                .put("thinking", !model.thinking().isEmpty());
        answer.putArray("supportedGenerationMethods")
                .add("generateContent")
                .add("countTokens")
                .add("batchGenerateContent");
        return answer;
    }
}
