package dev.renderfleet.sandbox.simulators.gemini;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.simulators.Latency.Distribution;
import dev.renderfleet.sandbox.simulators.Latency.Tail;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One model as data: what it accepts, how long it takes, what it charges. Prices are USD per million tokens.
 *
 * @param vertexOnly retired on the Developer API
 * @param searchUsdPerQuery 0: it cannot search
 * @param imageSearch whether it can search for pictures, too
 */
record GeminiModel(
        String id,
        String displayName,
        boolean retired,
        boolean vertexOnly,
        String grid,
        List<String> ratios,
        String mime,
        List<String> thinking,
        Map<String, Size> sizes,
        @Nullable Tail tail,
        double inputUsdPerMillion,
        double textUsdPerMillion,
        double imageUsdPerMillion,
        int tokensPerReference,
        int thoughtTokens,
        double searchUsdPerQuery,
        boolean imageSearch) {
    private static final int INPUT_TOKENS = 65_536;
    private static final int OUTPUT_TOKENS = 32_768;

    /** What a picture of one size costs in output tokens, and how long it takes before the time scale. */
    record Size(int tokens, double medianSeconds, double p99Seconds) {
        Distribution latency() {
            return new Distribution(medianSeconds, p99Seconds);
        }
    }

    /** The JSON of {@code GET /v1beta/models/<id>}. */
    ObjectNode describe() {
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("name", "models/" + id)
                .put("displayName", displayName)
                .put("inputTokenLimit", INPUT_TOKENS)
                .put("outputTokenLimit", OUTPUT_TOKENS)
                .put("thinking", !thinking.isEmpty());
        answer.putArray("supportedGenerationMethods")
                .add("generateContent")
                .add("countTokens")
                .add("batchGenerateContent");
        return answer;
    }
}
