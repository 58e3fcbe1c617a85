package dev.renderfleet.sandbox.simulators.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.pictures.Picture;
import dev.renderfleet.sandbox.simulators.JsonWithPictures;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.sandbox.simulators.gemini.AnswerPlan.Oddity;
import dev.renderfleet.sandbox.simulators.gemini.AnswerPlan.Outcome;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes the JSON of generateContent's answer, for every outcome in the form in which the real API gives it. */
final class AnswerWriter {
    private static final Pattern CAPITAL = Pattern.compile("[A-Z]");

    private static final Map<String, List<String>> OPTIONAL_FIELDS = Map.of(
            "", List.of("candidates", "promptFeedback", "createTime", "error"),
            "/promptFeedback", List.of("safetyRatings", "blockReasonMessage"),
            "/candidates/0", List.of("content", "finishMessage", "safetyRatings", "groundingMetadata", "tokenCount"),
            "/candidates/0/content", List.of("role"),
            "/usageMetadata", List.of("candidatesTokenCount", "toolUsePromptTokenCount", "cacheTokensDetails"));

    /** What the answer is made of; a draft comes first, as a thought. */
    record Material(
            GenerateCall call, AnswerPlan plan, @Nullable Picture draft, List<Picture> pictures) {}

    ObjectNode answer(Material material) {
        ObjectNode answer = SimulatorJson.newObject();
        switch (material.plan().outcome()) {
            case Outcome.Blocked blocked -> answer.putObject("promptFeedback").put("blockReason", blocked.reason());
            case Outcome.Ended ended ->
                candidate(answer, ended.reason())
                        .put("finishMessage", "The picture was not generated: " + ended.reason() + ".");
            case Outcome.Talked _ ->
                text(
                        parts(candidate(answer, "STOP")),
                        "I can describe the picture you have in mind, but I will not draw it this time.");
            case Outcome.Drawn _ -> drawn(parts(candidate(answer, "STOP")), material);
        }
        if (answer.at("/candidates/0") instanceof ObjectNode candidate) {
            SearchFindings.of(material.call(), material.plan()).addTo(candidate);
        }
        answer.set(
                "usageMetadata", TokenUsage.of(material.call(), material.plan()).toJson());
        answer.put(
                "modelVersion",
                material.plan().otherModel().orElse(material.call().model().id()));
        answer.put("responseId", material.call().digest().substring(0, 22));
        if (material.plan().has(Oddity.SECOND_BLOCKED) && answer.get("candidates") instanceof ArrayNode candidates) {
            candidates.addObject().put("finishReason", "SAFETY").put("index", 1);
        }
        Set<WireFault> faults = material.plan().faults().wire();
        if (faults.contains(WireFault.NO_USAGE)) {
            answer.remove("usageMetadata");
        }
        if (faults.contains(WireFault.WRONG_TYPES)) {
            answer.put("error", "").putArray("promptFeedback");
            answer.put("usageMetadata", "");
        }
        if (faults.contains(WireFault.NULLS)) {
            addNulls(answer);
        }
        if (faults.contains(WireFault.UNKNOWN_FIELDS)) {
            answer.put("fieldOfTheFuture", "soon").putObject("anotherOne").put("depth", 2);
            answer.putObject("modelStatus").put("modelStage", "STAGE_OF_THE_FUTURE");
        }
        return answer;
    }

    /** The body to send, with the pictures in the order in which {@link #answer} placed them. */
    static JsonWithPictures body(String prefix, ObjectNode answer, String suffix, Material material) {
        Picture draft = material.draft();
        List<Picture> all = draft == null
                ? material.pictures()
                : Stream.concat(Stream.of(draft), material.pictures().stream()).toList();
        boolean snakeCase = material.plan().faults().wire().contains(WireFault.SNAKE_CASE);
        String json = SimulatorJson.write(snakeCase ? snakeCase(answer) : answer);
        return JsonWithPictures.of(prefix + json + suffix, all);
    }

    private static JsonNode snakeCase(JsonNode node) {
        if (node.isArray()) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            node.forEach(element -> array.add(snakeCase(element)));
            return array;
        }
        if (!node.isObject()) {
            return node;
        }
        ObjectNode object = SimulatorJson.newObject();
        node.properties()
                .forEach(field -> object.set(
                        CAPITAL.matcher(field.getKey())
                                .replaceAll(capital -> "_" + capital.group().toLowerCase(Locale.ROOT)),
                        snakeCase(field.getValue())));
        return object;
    }

    /** Null in place of each field that the documentation names and the answer leaves out. */
    private static void addNulls(ObjectNode answer) {
        OPTIONAL_FIELDS.forEach((pointer, fields) -> {
            if (answer.at(pointer) instanceof ObjectNode object) {
                fields.stream().filter(field -> !object.has(field)).forEach(object::putNull);
            }
        });
        answer.findValues("inlineData").forEach(data -> ((ObjectNode) data).putNull("displayName"));
        answer.findParents("inlineData").forEach(part -> ((ObjectNode) part).putNull("text"));
    }

    private static ObjectNode candidate(ObjectNode answer, String finishReason) {
        return answer.putArray("candidates")
                .addObject()
                .put("finishReason", finishReason)
                .put("index", 0);
    }

    private static ArrayNode parts(ObjectNode candidate) {
        return candidate.putObject("content").put("role", "model").putArray("parts");
    }

    private static ObjectNode text(ArrayNode parts, String text) {
        return parts.addObject().put("text", text);
    }

    private static void drawn(ArrayNode parts, Material material) {
        int place = 0;
        Picture draft = material.draft();
        if (draft != null) {
            text(parts, "**Composing the scene**\n\nThe product stands on the floor, lit from the left.")
                    .put("thought", true);
            image(parts, draft, place++).put("thought", true);
        }
        if (material.call().text()) {
            text(parts, "Here is your picture.");
        }
        for (Picture picture : material.pictures()) {
            ObjectNode part = image(parts, picture, place++)
                    .put("thoughtSignature", ThoughtSignature.of(material.call().digest()));
            if (material.plan().has(Oddity.THOUGHT_ONLY)) {
                part.put("thought", true);
            }
        }
    }

    private static ObjectNode image(ArrayNode parts, Picture picture, int place) {
        ObjectNode part = parts.addObject();
        part.putObject("inlineData").put("mimeType", picture.mime()).put("data", JsonWithPictures.place(place));
        return part;
    }
}
