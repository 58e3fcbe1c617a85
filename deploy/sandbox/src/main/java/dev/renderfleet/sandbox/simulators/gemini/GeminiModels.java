package dev.renderfleet.sandbox.simulators.gemini;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.simulators.gemini.GeminiRoute.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The models the simulator knows, alive and retired, read from {@code models.json} beside this class. */
record GeminiModels(Map<String, Map<String, Map<String, List<Integer>>>> grids, List<GeminiModel> models) {

    /** Width and height in pixels. */
    record Pixels(int width, int height) {}

    static GeminiModels builtIn() {
        var mapper = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build();
        try (var in = GeminiModels.class.getResourceAsStream("models.json")) {
            return mapper.readValue(in, GeminiModels.class);
        } catch (IOException e) {
            throw new UncheckedIOException("the model catalogue cannot be read", e);
        }
    }

    /** The platform's living model with that id. */
    Optional<GeminiModel> find(String id, Platform platform) {
        return living(platform).filter(model -> model.id().equals(id)).findFirst();
    }

    private Stream<GeminiModel> living(Platform platform) {
        return models.stream().filter(model -> !model.retired() && (!model.vertexOnly() || platform.isVertex()));
    }

    /** The JSON of {@code GET /v1beta/models}. */
    ObjectNode list() {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        var list = answer.putArray("models");
        living(Platform.DEVELOPER_API).map(GeminiModel::describe).forEach(list::add);
        return answer;
    }

    /** The pixels that a model advertises for a ratio and a size it accepts. */
    Pixels pixels(GeminiModel model, String ratio, String size) {
        List<Integer> pair = grids.getOrDefault(model.grid(), Map.of())
                .getOrDefault(ratio, Map.of())
                .get(size);
        if (pair == null) {
            throw new IllegalArgumentException("%s has no pixels for %s at %s".formatted(model.id(), ratio, size));
        }
        return new Pixels(pair.getFirst(), pair.getLast());
    }
}
