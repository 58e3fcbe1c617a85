package dev.renderfleet.sandbox.simulators.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import dev.renderfleet.sandbox.simulators.Digests;
import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.gemini.GenerateCall.Searches;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Reads and checks the body of generateContent as strictly as the model it is meant for. */
final class GenerateCallReader {
    private static final int REFERENCES_MAX = 14;
    private static final String DEFAULT_RATIO = "1:1";

    private final GeminiModels catalogue;

    GenerateCallReader(GeminiModels catalogue) {
        this.catalogue = catalogue;
    }

    /** Accepted or refused; refused calls have not reached the model and are not billed. */
    sealed interface Reading {
        record Accepted(GenerateCall call) implements Reading {}

        record Refused(GeminiError error) implements Reading {}
    }

    Reading read(GeminiModel model, byte[] body) {
        return SimulatorJson.object(body)
                .map(json -> check(model, json, body))
                .orElseGet(() -> refused("Invalid JSON payload received. Expected an object."));
    }

    private Reading check(GeminiModel model, JsonNode json, byte[] body) {
        JsonNode config = json.path("generationConfig");
        JsonNode image = config.has("imageConfig")
                ? config.path("imageConfig")
                : config.path("responseFormat").path("image");
        String ratio = image.path("aspectRatio").asText(DEFAULT_RATIO);
        String size = image.path("imageSize").asText("1K");
        if (config.path("candidateCount").asInt(1) != 1) {
            return refused("Multiple candidates is not enabled for models/" + model.id());
        }
        if (!model.ratios().contains(ratio)) {
            return refused("Invalid value at 'generation_config.image_config.aspect_ratio': '%s'. Supported: %s."
                    .formatted(ratio, String.join(", ", model.ratios())));
        }
        if (!model.sizes().containsKey(size)) {
            return refused("Invalid value at 'generation_config.image_config.image_size': '%s'. Supported: %s."
                    .formatted(size, String.join(", ", model.sizes().keySet())));
        }
        JsonNode thinking = config.path("thinkingConfig");
        String level = thinking.path("thinkingLevel").asText("");
        if (!level.isEmpty() && !model.thinking().contains(level.toLowerCase(Locale.ROOT))) {
            return refused("Thinking level %s is not supported for this model.".formatted(level));
        }
        Searches search = Searches.NONE;
        for (JsonNode tool : json.path("tools")) {
            JsonNode types = tool.path("googleSearch").path("searchTypes");
            search = new Searches(types.isMissingNode() || types.has("webSearch"), types.has("imageSearch"));
            if (model.searchUsdPerQuery() == 0 || (!types.isMissingNode() && !model.imageSearch())) {
                return refused("Search Grounding is not supported by models/%s.".formatted(model.id()));
            }
        }
        return parts(model, json, new Asked(ratio, size, config, thinking, search), Digests.of(model.id(), body));
    }

    /** The checked part of the configuration. */
    private record Asked(String ratio, String size, JsonNode config, JsonNode thinking, Searches search) {}

    private Reading parts(GeminiModel model, JsonNode json, Asked asked, String digest) {
        JsonNode contents = json.path("contents");
        if (!contents.isArray() || contents.isEmpty()) {
            return refused("* GenerateContentRequest.contents: contents is not specified");
        }
        var texts = new ArrayList<String>();
        var references = new ArrayList<Reference>();
        int pastTexts = 0;
        int past = 0;
        for (int i = 0; i < contents.size(); i++) {
            JsonNode content = contents.get(i);
            boolean replied = content.path("role").asText().equals("model");
            for (JsonNode part : content.path("parts")) {
                if (replied
                        && part.has("inlineData")
                        && !model.thinking().isEmpty()
                        && !ThoughtSignature.isValid(
                                standard(part.path("thoughtSignature").asText()))) {
                    return refused("Invalid thought signature for content at index %d.".formatted(i));
                }
                if (replied && part.has("inlineData")) {
                    past = references.size();
                }
                if (part.has("text")) {
                    texts.add(part.path("text").asText());
                } else if (part.has("inlineData")) {
                    JsonNode inline = part.path("inlineData");
                    references.add(new Reference.Inline(
                            inline.path("mimeType").asText(),
                            standard(inline.path("data").asText())));
                } else if (part.has("fileData")) {
                    JsonNode file = part.path("fileData");
                    references.add(new Reference.Remote(
                            file.path("mimeType").asText(), file.path("fileUri").asText()));
                } else {
                    return refused(
                            "* GenerateContentRequest.contents[].parts[]: required oneof field 'data' must have one initialized field");
                }
            }
            if (replied) {
                pastTexts = texts.size();
            }
        }
        if (references.size() > REFERENCES_MAX) {
            return refused(
                    "Too many images in the prompt: %d, the limit is %d.".formatted(references.size(), REFERENCES_MAX));
        }
        JsonNode seed = asked.config().path("seed");
        return new Reading.Accepted(new GenerateCall(
                model,
                String.join("\n", texts),
                String.join("\n", texts.subList(pastTexts, texts.size())),
                PictureRequest.promptAmong(texts),
                references,
                past,
                asked.search(),
                asked.ratio(),
                asked.size(),
                catalogue.pixels(model, asked.ratio(), asked.size()),
                seed.canConvertToLong() ? OptionalLong.of(seed.asLong()) : OptionalLong.empty(),
                asked.thinking().path("includeThoughts").asBoolean(),
                wantsText(asked.config().path("responseModalities")),
                digest));
    }

    /** Google takes both alphabets of base64, and its Python client sends the one for URLs. */
    private static String standard(String base64) {
        return base64.replace('-', '+').replace('_', '/');
    }

    private static boolean wantsText(JsonNode modalities) {
        var named = new ArrayList<String>();
        modalities.forEach(modality -> named.add(modality.asText()));
        return named.isEmpty() || named.containsAll(List.of("TEXT"));
    }

    private static Reading refused(String message) {
        return new Reading.Refused(GeminiError.invalid(message));
    }
}
