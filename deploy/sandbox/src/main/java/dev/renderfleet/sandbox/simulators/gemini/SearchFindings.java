package dev.renderfleet.sandbox.simulators.gemini;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.util.List;
import java.util.stream.IntStream;

/** What a grounded call searched for, as the answer reports and the ledger bills it: each query, for pages or for pictures. */
record SearchFindings(List<String> pages, List<String> pictures) {

    private static final int WORDS_MAX = 40;

    static SearchFindings of(GenerateCall call, AnswerPlan plan) {
        int all = call.search().any() ? plan.queries() : 0;
        int pictures = !call.search().pictures() ? 0 : call.search().pages() ? all / 2 : all;
        String words =
                call.wanted().substring(0, Math.min(WORDS_MAX, call.wanted().length()));
        List<String> queries =
                IntStream.rangeClosed(1, all).mapToObj(i -> words + " " + i).toList();
        return new SearchFindings(queries.subList(0, all - pictures), queries.subList(all - pictures, all));
    }

    long usdMicros(GeminiModel model) {
        return Math.round((pages.size() + pictures.size()) * model.searchUsdPerQuery() * 1e6);
    }

    /** Adds them to a candidate, as Google does. */
    void addTo(ObjectNode candidate) {
        if (pages.isEmpty() && pictures.isEmpty()) {
            return;
        }
        ObjectNode grounding = candidate.putObject("groundingMetadata");
        ArrayNode chunks = SimulatorJson.newObject().putArray("chunks");
        if (!pages.isEmpty()) {
            pages.forEach(grounding.putArray("webSearchQueries")::add);
            chunks.addObject()
                    .putObject("web")
                    .put("uri", "https://vertexaisearch.cloud.google.com/grounding-api-redirect/page-1")
                    .put("title", "example.org");
        }
        if (!pictures.isEmpty()) {
            pictures.forEach(grounding.putArray("imageSearchQueries")::add);
            chunks.addObject()
                    .putObject("image")
                    .put("sourceUri", "https://example.org/gallery?page=1")
                    .put("imageUri", "https://example.org/picture-1.jpg")
                    .put("title", "A gallery")
                    .put("domain", "example.org");
        }
        grounding.set("groundingChunks", chunks);
        grounding
                .putObject("searchEntryPoint")
                .put("renderedContent", "<div class=\"carousel\">" + String.join(", ", pages) + "</div>");
    }
}
