package dev.renderfleet.sandbox.simulators.bfl;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Digests;
import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.bfl.BflModel.Family;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and checks the body of a submission as strictly as FLUX.3 does, which refuses unknown fields. */
final class BflCallReader {
    private static final int EDGE_STEP = 16;
    private static final int EDGE_MIN = 64;
    private static final int PIXELS_MAX = 4 * 1024 * 1024;
    private static final int EDGE_DEFAULT = 1024;
    private static final Map<String, Integer> EDGES =
            Map.of("768sq", 768, "1k", 1024, "1.5k", 1536, "2k", 2048, "4k", 4096);
    private static final Pattern RATIO = Pattern.compile("(\\d{1,2}):(\\d{1,2})");
    private static final List<String> FLUX_3_RATIOS = List.of(
            "auto", "21:9", "2:1", "16:9", "3:2", "7:5", "4:3", "5:4", "1:1", "4:5", "3:4", "5:7", "2:3", "9:16", "1:2",
            "9:21");

    private BflCallReader() {}

    /** Accepted or refused; a refused call is not billed. */
    sealed interface Reading {
        record Accepted(BflCall call) implements Reading {}

        record Refused(HttpResponse error) implements Reading {}
    }

    static Reading read(BflModel model, byte[] body) {
        try {
            JsonNode json = SimulatorJson.object(body)
                    .orElseThrow(() -> new InvalidField("body", "JSON decode error", "json_invalid"));
            return new Reading.Accepted(check(model, json, Digests.of(model.id(), body)));
        } catch (InvalidField e) {
            return new Reading.Refused(BflErrors.validation(e.field, e.problem, e.type));
        }
    }

    private static BflCall check(BflModel model, JsonNode json, String digest) throws InvalidField {
        for (var field : json.properties()) {
            require(
                    model.fields().contains(field.getKey()),
                    field.getKey(),
                    "Extra inputs are not permitted",
                    "extra_forbidden");
        }
        require(json.path("prompt").isTextual(), "prompt", "Field required", "missing");
        int tolerance = json.path("safety_tolerance").asInt(2);
        int strictest = model.family() == Family.FLUX_3 ? 4 : 5;
        require(
                tolerance >= 0 && tolerance <= strictest,
                "safety_tolerance",
                "Input is out of range",
                "less_than_equal");
        String format = json.path("output_format").asText("jpeg");
        require(List.of("jpeg", "png").contains(format), "output_format", "Input should be 'jpeg' or 'png'", "enum");
        JsonNode grounding = json.path("grounding");
        require(
                grounding.isMissingNode() || grounding.isBoolean(),
                "grounding",
                "Input should be a valid boolean",
                "bool_type");
        String resolution = json.path("resolution").asText("1k");
        require(EDGES.containsKey(resolution), "resolution", "Input should be one of " + EDGES.keySet(), "enum");
        int[] pixels = pixels(model, json, EDGES.getOrDefault(resolution, EDGE_DEFAULT));
        JsonNode seed = json.path("seed");
        return new BflCall(
                model,
                json.path("prompt").asText(),
                references(model, json),
                resolution,
                pixels[0],
                pixels[1],
                seed.canConvertToLong() ? OptionalLong.of(seed.asLong()) : OptionalLong.empty(),
                "image/" + format,
                digest);
    }

    private static int[] pixels(BflModel model, JsonNode json, int edge) throws InvalidField {
        if (json.has("width") || json.has("height")) {
            int width = edge(json, "width");
            int height = edge(json, "height");
            require(width * (long) height <= PIXELS_MAX, "width", "Picture is over 4 megapixels", "value_error");
            return new int[] {width, height};
        }
        String ratio = json.path("aspect_ratio").asText("1:1");
        Matcher parts = RATIO.matcher(ratio);
        boolean known = model.family() == Family.FLUX_3 ? FLUX_3_RATIOS.contains(ratio) : parts.matches();
        require(known, "aspect_ratio", "Input should be one of " + FLUX_3_RATIOS, "enum");
        if (!parts.matches()) {
            return new int[] {edge, edge};
        }
        double wide = Math.sqrt(Double.parseDouble(parts.group(1)) / Double.parseDouble(parts.group(2)));
        return new int[] {stepped(edge * wide), stepped(edge / wide)};
    }

    private static int stepped(double pixels) {
        return (int) Math.round(pixels / EDGE_STEP) * EDGE_STEP;
    }

    private static int edge(JsonNode json, String field) throws InvalidField {
        int pixels = json.path(field).asInt(EDGE_DEFAULT);
        require(pixels >= EDGE_MIN, field, "Input should be greater than or equal to 64", "greater_than_equal");
        require(pixels % EDGE_STEP == 0, field, "Input should be a multiple of 16", "multiple_of");
        return pixels;
    }

    private static List<Reference> references(BflModel model, JsonNode json) throws InvalidField {
        var references = new ArrayList<Reference>();
        if (model.family() == Family.FLUX_3 && json.has("images")) {
            JsonNode images = json.path("images");
            for (JsonNode image : images.isTextual() ? List.of(images) : images) {
                references.add(reference("images", image));
            }
            boolean counted = !references.isEmpty() && references.size() <= model.references();
            require(counted, "images", "List should have 1 to 10 items", "too_long");
        }
        for (int number = 1; model.numbersItsReferences() && number <= model.references(); number++) {
            String field = BflModel.referenceField(number);
            if (json.has(field)) {
                references.add(reference(field, json.path(field)));
            }
        }
        if (model.family() == Family.FILL) {
            references.add(reference("image", json.path("image")));
            references.add(reference("mask", json.path("mask")));
        }
        if (json.has("image_prompt")) {
            references.add(reference("image_prompt", json.path("image_prompt")));
        }
        return references;
    }

    private static Reference reference(String field, JsonNode value) throws InvalidField {
        require(value.isTextual(), field, "Field required", "missing");
        String text = value.asText();
        require(!text.startsWith("data:"), field, "Input should be a URL or base64", "value_error");
        return text.startsWith("http") ? new Reference.Remote("", text) : new Reference.Inline("", text);
    }

    private static void require(boolean valid, String field, String problem, String type) throws InvalidField {
        if (!valid) {
            throw new InvalidField(field, problem, type);
        }
    }

    /** Never leaves this class. */
    private static final class InvalidField extends Exception {
        private final String field;
        private final String problem;
        private final String type;

        InvalidField(String field, String problem, String type) {
            super(problem);
            this.field = field;
            this.problem = problem;
            this.type = type;
        }
    }
}
