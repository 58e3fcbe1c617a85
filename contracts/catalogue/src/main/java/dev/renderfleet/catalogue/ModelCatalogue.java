package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.io.InputStream;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All known models, as read from {@code models.yaml}. Immutable.
 *
 * @param version of the prices, published with each cost
 */
public record ModelCatalogue(@JsonProperty(required = true) String version, List<ModelCard> models) {

    public ModelCatalogue {
        models = List.copyOf(models);
        Map<String, String> names = new HashMap<>();
        for (ModelCard card : models) {
            claimName(names, card.id(), card.id());
            card.aliases().forEach(alias -> claimName(names, alias, card.id()));
        }
    }

    /** Reads a catalogue in YAML. Throws with the line if a field is unknown, missing or of the wrong type. */
    public static ModelCatalogue read(InputStream yaml) throws IOException {
        ObjectMapper mapper = new ObjectMapper(new YAMLFactory())
                .registerModule(new JavaTimeModule())
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        return mapper.readValue(yaml, ModelCatalogue.class);
    }

    /** The built-in catalogue. */
    public static ModelCatalogue builtIn() {
        try (InputStream yaml = ModelCatalogue.class.getResourceAsStream("/models.yaml")) {
            if (yaml == null) {
                throw new IllegalStateException("models.yaml is missing from the worker's own jar");
            }
            return read(yaml);
        } catch (IOException e) {
            throw new IllegalStateException("the built-in models.yaml cannot be read", e);
        }
    }

    /** The model of that id or alias, or null. */
    public @Nullable ModelCard find(String name) {
        for (ModelCard card : models) {
            if (card.id().equals(name) || card.aliases().contains(name)) {
                return card;
            }
        }
        return null;
    }

    /**
     * The model that a provider's version names, such as {@code gemini-3-pro-image-001}: the one with the longest id or alias that the
     * version is or begins with. Null if there is none.
     */
    public @Nullable ModelCard ofVersion(String version) {
        return models.stream()
                .filter(card -> card.nameIn(version) > 0)
                .max(Comparator.comparingInt(card -> card.nameIn(version)))
                .orElse(null);
    }

    private static void claimName(Map<String, String> names, String name, String id) {
        String other = names.put(name, id);
        if (other != null) {
            throw new IllegalArgumentException("models.yaml: the name " + name + " belongs to " + other + " and " + id);
        }
    }
}
