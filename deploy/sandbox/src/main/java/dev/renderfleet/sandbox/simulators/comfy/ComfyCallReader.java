package dev.renderfleet.sandbox.simulators.comfy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Digests;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and checks the body of a submission; knows the nodes of a plain installation that the workflows here need. */
final class ComfyCallReader {
    private static final Set<String> NODES = Set.of(
            "CheckpointLoaderSimple",
            "CLIPTextEncode",
            "EmptyLatentImage",
            "EmptySD3LatentImage",
            "KSampler",
            "VAEDecode",
            "VAEEncode",
            "VAEEncodeForInpaint",
            "LoadImage",
            "LoadImageMask",
            "ImageScale",
            "PreviewImage",
            "SaveImage");

    /** Least and greatest value of a node's whole numbers. */
    private static final Map<String, long[]> NUMBERS = Map.of(
            "width", new long[] {16, 16_384},
            "height", new long[] {16, 16_384},
            "batch_size", new long[] {1, 4_096},
            "seed", new long[] {0, Long.MAX_VALUE});

    private static final Pattern CANONICAL_UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final String CHECKPOINT = ".safetensors";
    private static final int EDGE_DEFAULT = 1_024;

    private ComfyCallReader() {}

    /** Accepted or refused; a refused call is not billed. */
    sealed interface Reading {
        record Accepted(ComfyCall call) implements Reading {}

        record Refused(HttpResponse error) implements Reading {}
    }

    /** @param isUploaded whether a file is on the server */
    static Reading read(byte[] body, Predicate<String> isUploaded) {
        Optional<ObjectNode> json = SimulatorJson.object(body);
        if (json.isEmpty() || !json.get().path("prompt").isObject()) {
            return refused(ComfyError.refused("no_prompt", "No prompt provided", "No prompt provided"));
        }
        JsonNode id = json.get().path("prompt_id");
        if (!id.isMissingNode() && !CANONICAL_UUID.matcher(id.asText()).matches()) {
            return refused(ComfyError.refused(
                    "invalid_prompt_id", "prompt_id must be a valid UUID", "canonical lowercase hyphenated form"));
        }
        JsonNode graph = json.get().path("prompt");
        for (var node : graph.properties()) {
            HttpResponse error = fault(node.getKey(), node.getValue(), isUploaded);
            if (error != null) {
                return refused(error);
            }
        }
        String saveNode = graph.properties().stream()
                .filter(node -> node.getValue().path("class_type").asText().matches("(Save|Preview)Image"))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("");
        if (saveNode.isEmpty()) {
            return refused(ComfyError.refused("prompt_no_outputs", "Prompt has no outputs", ""));
        }
        String prefix =
                graph.path(saveNode).path("inputs").path("filename_prefix").asText("ComfyUI");
        return new Reading.Accepted(new ComfyCall(
                id.asText(UUID.randomUUID().toString()),
                graph,
                first(graph, "ckpt_name", "none" + CHECKPOINT).replace(CHECKPOINT, ""),
                first(graph, "text", ""),
                images(graph),
                Integer.parseInt(first(graph, "width", Integer.toString(EDGE_DEFAULT))),
                Integer.parseInt(first(graph, "height", Integer.toString(EDGE_DEFAULT))),
                Integer.parseInt(first(graph, "batch_size", "1")),
                Long.parseLong(first(graph, "seed", "0")),
                saveNode,
                prefix,
                Digests.of("", body)));
    }

    private static Reading refused(HttpResponse error) {
        return new Reading.Refused(error);
    }

    private static @Nullable HttpResponse fault(String id, JsonNode node, Predicate<String> isUploaded) {
        String type = node.path("class_type").asText("");
        if (!NODES.contains(type)) {
            return ComfyError.refused(
                    "missing_node_type",
                    "Node '" + type + "' not found. The custom node may not be installed.",
                    "Node ID '#" + id + "'");
        }
        for (var input : node.path("inputs").properties()) {
            String name = input.getKey();
            JsonNode value = input.getValue();
            long[] bounds = NUMBERS.get(name);
            if (bounds != null && !value.isArray() && !isWithin(value.asText(), bounds)) {
                return ComfyError.node(
                        id, type, "invalid_input_type", "Failed to convert an input value to a INT value", name);
            }
            if (name.equals("ckpt_name") && !value.asText().endsWith(CHECKPOINT)) {
                return ComfyError.node(id, type, "value_not_in_list", "Value not in list", name + " not in []");
            }
            if (name.equals("image") && value.isTextual() && !isUploaded.test(value.asText())) {
                return ComfyError.node(
                        id,
                        type,
                        "custom_validation_failed",
                        "Custom validation failed for node",
                        "image - Invalid image file: " + value.asText());
            }
        }
        return null;
    }

    /** As Python's {@code int()} reads it. */
    private static boolean isWithin(String text, long[] bounds) {
        return text.matches("-?\\d{1,18}") && Long.parseLong(text) >= bounds[0] && Long.parseLong(text) <= bounds[1];
    }

    /** The first input of that name that is neither empty nor a link. */
    private static String first(JsonNode graph, String input, String otherwise) {
        for (JsonNode node : graph) {
            JsonNode value = node.path("inputs").path(input);
            if (value.isValueNode() && !value.asText().isEmpty()) {
                return value.asText();
            }
        }
        return otherwise;
    }

    private static List<String> images(JsonNode graph) {
        var images = new ArrayList<String>();
        for (JsonNode node : graph) {
            JsonNode image = node.path("inputs").path("image");
            if (image.isTextual()) {
                images.add(image.asText());
            }
        }
        return images;
    }
}
