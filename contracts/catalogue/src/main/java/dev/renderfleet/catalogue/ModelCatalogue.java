package dev.renderfleet.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDate;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All known models and their providers, as read from {@code models.yaml}. Immutable. */
public final class ModelCatalogue {

    private static final UsdMicros PRICE = new UsdMicros();

    private static final ObjectMapper YAML = YAMLMapper.builder()
            .addModule(new JavaTimeModule())
            .addModule(new SimpleModule().addDeserializer(Long.class, PRICE).addDeserializer(Long.TYPE, PRICE))
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final String version;
    private final List<ModelCard> models;
    private final Map<String, ProviderCard> providers = new HashMap<>();
    private final Map<String, ModelCard> byName = new HashMap<>();

    ModelCatalogue(Sheet file) {
        this.version = file.version;
        this.models = List.copyOf(file.models);
        file.providers.forEach(provider -> providers.put(provider.name(), provider));
        for (ModelCard card : models) {
            byName.put(card.id(), card);
            card.aliases().forEach(alias -> byName.put(alias, card));
        }
    }

    /** The file. Providers stand before models, which refer to them. */
    record Sheet(
            @JsonProperty(required = true) String version,
            @JsonProperty(required = true) List<ProviderCard> providers,
            @JsonProperty(required = true) List<ModelCard> models) {
        Sheet {
            Set<String> ids = models.stream().map(ModelCard::id).collect(Collectors.toSet());
            for (ModelCard card : models) {
                if (card.successor() != null && !ids.contains(card.successor())) {
                    throw new IllegalArgumentException(
                            "model " + card.id() + ": successor " + card.successor() + " is no id of the catalogue");
                }
            }
        }
    }

    /** Reads a catalogue in YAML. Throws with line and field for what is unknown, missing, doubled, of the wrong type or out of bounds. */
    public static ModelCatalogue read(InputStream yaml) throws IOException {
        return new ModelCatalogue(YAML.readValue(yaml, Sheet.class));
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

    /** Of the prices, published with each cost. */
    public String version() {
        return version;
    }

    /** All models, in the file's order. */
    public List<ModelCard> models() {
        return models;
    }

    /** The model of that id or alias, or null. */
    public @Nullable ModelCard find(String name) {
        return byName.get(name);
    }

    /** All providers. */
    public Collection<ProviderCard> providers() {
        return Collections.unmodifiableCollection(providers.values());
    }

    /** The provider of that name, or null. */
    public @Nullable ProviderCard provider(String name) {
        return providers.get(name);
    }

    /** The first day without the model on its provider's platform; null: none is known. */
    public @Nullable LocalDate retired(ModelCard card) {
        return card.retired()
                .get(Objects.requireNonNull(providers.get(card.provider())).platform());
    }

    /**
     * The provider's model that its version names, such as {@code gemini-3-pro-image-001}: the one with the longest name that the
     * version is or begins with. Null if there is none.
     */
    public @Nullable ModelCard ofVersion(String provider, String version) {
        return models.stream()
                .filter(card -> card.provider().equals(provider))
                .filter(card -> card.nameIn(version) > 0)
                .max(Comparator.comparingInt(card -> card.nameIn(version)))
                .orElse(null);
    }
}
