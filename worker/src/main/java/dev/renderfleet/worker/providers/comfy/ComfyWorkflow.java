package dev.renderfleet.worker.providers.comfy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.PixelSizes;
import dev.renderfleet.worker.providers.wire.ImagePrompt;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A workflow in ComfyUI's API format, with placeholders in its texts: {@code {{prompt}}}, {@code {{seed}}}, {@code {{width}}},
 * {@code {{height}}}, {@code {{count}}}, {@code {{model}}}, {@code {{task}}}, {@code {{image1}}} and further ones, {@code {{mask}}}. A text
 * that is nothing but a placeholder becomes its value, so that a number stays one. Immutable.
 */
final class ComfyWorkflow {

    private static final int FILE_BYTES_MAX = 1 << 20;

    private static final String MASK = "mask";
    private static final String IMAGE = "image";
    private static final Set<String> NAMES =
            Set.of("prompt", "seed", "width", "height", "count", "model", "task", MASK);
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(\\w+)}}");
    private static final Pattern IMAGE_NAME = Pattern.compile(IMAGE + "([1-9]\\d?)");

    /** All samplers take this many. */
    private static final long SEEDS = 1L << 50;

    private static final PixelSizes SIZES = PixelSizes.builtIn();
    private static final JsonMapper JSON = new JsonMapper();

    private final JsonNode graph;
    private final int images;
    private final boolean masked;

    private ComfyWorkflow(JsonNode graph) {
        require(graph.isObject() && !graph.isEmpty(), "is no JSON object with nodes");
        graph.properties()
                .forEach(node -> require(
                        node.getValue().path("class_type").isTextual(),
                        "is not in API format: node " + node.getKey() + " has no class_type"));
        Set<String> placeholders = new TreeSet<>();
        collect(graph, placeholders);
        this.graph = graph;
        this.masked = placeholders.contains(MASK);
        placeholders.removeAll(NAMES);
        this.images = placeholders.size();
        for (String name : placeholders) {
            Matcher image = IMAGE_NAME.matcher(name);
            require(
                    image.matches() && Integer.parseInt(image.group(1)) <= images,
                    "has the placeholder {{" + name + "}}, but not each one before it, or it is unknown");
        }
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }

    private static void collect(JsonNode node, Set<String> placeholders) {
        if (node.isTextual()) {
            PLACEHOLDER.matcher(node.textValue()).results().forEach(found -> placeholders.add(found.group(1)));
        }
        node.forEach(child -> collect(child, placeholders));
    }

    /** Reads a workflow. An {@link IllegalArgumentException} says what is wrong with it. */
    static ComfyWorkflow read(InputStream json) throws IOException {
        byte[] bytes = json.readNBytes(FILE_BYTES_MAX + 1);
        require(bytes.length <= FILE_BYTES_MAX, "is longer than " + FILE_BYTES_MAX + " bytes");
        try {
            return new ComfyWorkflow(JSON.readTree(bytes));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** Draws text with the checkpoint {@code <model>.safetensors}. */
    static ComfyWorkflow builtIn() {
        try (InputStream json = Objects.requireNonNull(ComfyWorkflow.class.getResourceAsStream("text-to-image.json"))) {
            return read(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The workflows of a folder by model. Throws with the file's name if one is wrong, or the folder cannot be read. */
    static Map<String, ComfyWorkflow> readAll(Path folder) {
        Map<String, ComfyWorkflow> workflows = new HashMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                if (name.endsWith(".json")) {
                    workflows.put(name.substring(0, name.length() - ".json".length()), read(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the workflows in " + folder + " cannot be read: " + e.getMessage(), e);
        }
        return workflows;
    }

    private static ComfyWorkflow read(Path file) throws IOException {
        try (InputStream json = Files.newInputStream(file)) {
            return read(json);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the workflow " + file + " " + e.getMessage(), e);
        }
    }

    /** Why this workflow cannot draw that; null if it can. */
    @Nullable
    String objection(DrawRequest request) {
        int pictures = ImagePrompt.pictures(request).size();
        int masks = ImagePrompt.masks(request).size();
        if (pictures != images) {
            return "the workflow takes %d reference images, not %d".formatted(images, pictures);
        }
        return masks == (masked ? 1 : 0)
                ? null
                : "the workflow takes " + (masked ? "one mask" : "no mask") + ", not " + masks;
    }

    /** Whether it reads references: their files may be gone after a restart of the server. */
    boolean readsFiles() {
        return images > 0 || masked;
    }

    /**
     * The workflow with its values.
     *
     * @param files the uploaded {@link #references}
     */
    JsonNode of(UUID task, DrawRequest request, List<String> files) {
        var pixels = SIZES.of(request.output().aspectRatio(), request.output().size());
        long seed = request.seed() == null ? task.getLeastSignificantBits() : request.seed();
        Map<String, JsonNode> values = new HashMap<>(Map.of(
                "prompt", TextNode.valueOf(request.prompt() + ImagePrompt.localeSentence(request)),
                "seed", LongNode.valueOf(Math.floorMod(seed, SEEDS)),
                "width", IntNode.valueOf(pixels.width()),
                "height", IntNode.valueOf(pixels.height()),
                "count", IntNode.valueOf(request.output().count()),
                "model", TextNode.valueOf(request.model()),
                "task", TextNode.valueOf(task.toString())));
        for (int number = 1; number <= images; number++) {
            values.put(IMAGE + number, TextNode.valueOf(files.get(number - 1)));
        }
        if (masked) {
            values.put(MASK, TextNode.valueOf(files.getLast()));
        }
        return bound(graph, values);
    }

    private static JsonNode bound(JsonNode node, Map<String, JsonNode> values) {
        return switch (node) {
            case TextNode text -> bound(text.textValue(), values);
            case ObjectNode object -> {
                ObjectNode copy = JSON.createObjectNode();
                object.properties().forEach(field -> copy.set(field.getKey(), bound(field.getValue(), values)));
                yield copy;
            }
            case ArrayNode array -> {
                ArrayNode copy = JSON.createArrayNode();
                array.forEach(element -> copy.add(bound(element, values)));
                yield copy;
            }
            default -> node;
        };
    }

    private static JsonNode bound(String text, Map<String, JsonNode> values) {
        Matcher placeholder = PLACEHOLDER.matcher(text);
        return placeholder.matches()
                ? value(placeholder.group(1), values)
                : TextNode.valueOf(PLACEHOLDER
                        .matcher(text)
                        .replaceAll(found -> Matcher.quoteReplacement(
                                value(found.group(1), values).asText())));
    }

    private static JsonNode value(String name, Map<String, JsonNode> values) {
        return Objects.requireNonNull(values.get(name));
    }

    /** The references of a request in the order of its files: the mask last. */
    static List<ReferencePicture> references(DrawRequest request) {
        return Stream.concat(ImagePrompt.pictures(request).stream(), ImagePrompt.masks(request).stream())
                .toList();
    }
}
