package dev.renderfleet.sandbox.simulators.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.openai.ImagesCall.Delivery;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The fields that a server of one's own has and OpenAI does not. */
final class OwnServerFields {
    private static final Pattern EXTRA = Pattern.compile("<sd_cpp_extra_args>(.*?)</sd_cpp_extra_args>");

    private final ImagesProfile profile;

    OwnServerFields(ImagesProfile profile) {
        this.profile = profile;
    }

    /** LocalAI's, in the JSON of generations. */
    List<Reference> references(ObjectNode fields) {
        var images = new ArrayList<Reference>();
        if (profile == ImagesProfile.LOCALAI) {
            fields.path("ref_images").forEach(image -> images.add(new Reference.Inline("", image.asText())));
        }
        return images;
    }

    /** What the model gets of it. */
    String prompt(String prompt) {
        return profile == ImagesProfile.STABLE_DIFFUSION_CPP
                ? EXTRA.matcher(prompt).replaceAll("").strip()
                : prompt;
    }

    Optional<OpenAiError> refusal(ObjectNode fields, boolean edit) {
        String form = form(fields);
        return switch (profile) {
            case LOCALAI -> edit ? Optional.of(OpenAiError.noRoute("POST", "/v1/images/edits")) : Optional.empty();
            case SGLANG ->
                form.equals("url")
                        ? Optional.of(OpenAiError.invalid(
                                null, null, "response_format='url' requires cloud storage to be configured."))
                        : Optional.empty();
            case VLLM_OMNI ->
                form.equals("b64_json")
                                || (form.equals("file")
                                        && !edit
                                        && fields.path("n").asInt(1) == 1)
                        ? Optional.empty()
                        : Optional.of(OpenAiError.invalid(
                                null, null, "Only 'b64_json' or 'file' response format is supported."));
            case OPENAI, STABLE_DIFFUSION_CPP, XINFERENCE -> Optional.empty();
        };
    }

    Delivery delivery(ObjectNode fields) {
        boolean ignored = profile == ImagesProfile.STABLE_DIFFUSION_CPP || profile == ImagesProfile.OPENAI;
        return new Delivery(ignored ? "b64_json" : form(fields), seed(fields));
    }

    private String form(ObjectNode fields) {
        return fields.path("response_format").asText(profile.responseFormat());
    }

    private OptionalLong seed(ObjectNode fields) {
        JsonNode seed = switch (profile) {
            case STABLE_DIFFUSION_CPP -> {
                Matcher extra = EXTRA.matcher(fields.path("prompt").asText());
                yield nested(extra.find() ? extra.group(1) : "");
            }
            case XINFERENCE -> nested(fields.path("kwargs").asText(""));
            case OPENAI, VLLM_OMNI, SGLANG, LOCALAI -> fields.path("seed");
        };
        // Negative: by chance.
        return seed.asLong(-1) < 0 ? OptionalLong.empty() : OptionalLong.of(seed.asLong());
    }

    private static JsonNode nested(String json) {
        return SimulatorJson.object(json.getBytes(StandardCharsets.UTF_8))
                .<JsonNode>map(object -> object.path("seed"))
                .orElseGet(() -> SimulatorJson.newObject().path("seed"));
    }
}
