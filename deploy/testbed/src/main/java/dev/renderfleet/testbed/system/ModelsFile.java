package dev.renderfleet.testbed.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.renderfleet.catalogue.ModelCatalogue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Model catalogues for workers: the built-in one with the servers that the sandbox simulates, and parts of it. */
public final class ModelsFile {

    /** The model's id. */
    public static final String MODEL = "gemini-nano-banana-2.1";

    private static final YAMLMapper YAML = new YAMLMapper();

    private ModelsFile() {}

    /**
     * Writes some models, and the file's folder.
     *
     * @param quotas of each model by its id: limits by their names in {@code models.yaml}; empty for none
     */
    public static Path write(Path file, Duration timeout, Map<String, Map<String, Integer>> quotas) {
        try {
            var catalogue = whole();
            var models = YAML.createArrayNode();
            for (JsonNode model : catalogue.path("models")) {
                Map<String, Integer> quota = quotas.get(model.path("id").asText());
                if (quota != null) {
                    ((ObjectNode) model).put("timeout", timeout.toString());
                    ((ObjectNode) model).set("quota", YAML.valueToTree(quota));
                    models.add(model);
                }
            }
            catalogue.set("models", models);
            return written(catalogue, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes all models of all providers that the sandbox simulates, and the file's folder. */
    public static Path write(Path file) {
        try {
            return written(whole(), file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The catalogue of {@link #write(Path)}. */
    public static ModelCatalogue catalogue() {
        try {
            return ModelCatalogue.read(new ByteArrayInputStream(YAML.writeValueAsBytes(whole())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode whole() throws IOException {
        try (InputStream builtIn = ModelCatalogue.class.getResourceAsStream("/models.yaml");
                InputStream own = ModelsFile.class.getResourceAsStream("/own-servers.yaml")) {
            var catalogue = (ObjectNode) YAML.readTree(builtIn);
            JsonNode servers = YAML.readTree(own);
            catalogue.withArray("providers").addAll((ArrayNode) servers.path("providers"));
            catalogue.withArray("models").addAll((ArrayNode) servers.path("models"));
            return catalogue;
        }
    }

    private static Path written(ObjectNode catalogue, Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        return Files.write(file, YAML.writeValueAsBytes(catalogue));
    }

    /** A catalogue of that many models: those of the built-in one, over and over, with a number behind the id. */
    public static byte[] copies(int count) throws IOException {
        try (InputStream builtIn = ModelCatalogue.class.getResourceAsStream("/models.yaml")) {
            var catalogue = (ObjectNode) YAML.readTree(builtIn);
            JsonNode originals = catalogue.path("models");
            var models = YAML.createArrayNode();
            for (int number = 0; models.size() < count; number++) {
                var copy = (ObjectNode) originals.get(number % originals.size()).deepCopy();
                copy.put("id", copy.path("id").asText() + "-" + (1 + number / originals.size()));
                copy.remove(List.of("aliases", "successor"));
                models.add(copy);
            }
            catalogue.set("models", models);
            return YAML.writeValueAsBytes(catalogue);
        }
    }
}
