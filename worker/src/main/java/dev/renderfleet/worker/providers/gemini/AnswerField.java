package dev.renderfleet.worker.providers.gemini;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** The fields of an answer that {@link GeminiResponseMapper} reads, and their types. */
final class AnswerField {

    /** Type of a field's value. */
    enum Type {
        /** An object or an array of objects. */
        STRUCTURE,
        TEXT,
        /** A whole number. */
        COUNT,
        FLAG,
        /** Not read. */
        UNKNOWN
    }

    private static final Map<String, Type> TYPES = Map.ofEntries(
            Map.entry("candidates", Type.STRUCTURE),
            Map.entry("content", Type.STRUCTURE),
            Map.entry("parts", Type.STRUCTURE),
            Map.entry("inlineData", Type.STRUCTURE),
            Map.entry("promptFeedback", Type.STRUCTURE),
            Map.entry("usageMetadata", Type.STRUCTURE),
            Map.entry("text", Type.TEXT),
            Map.entry("thought", Type.FLAG),
            Map.entry("mimeType", Type.TEXT),
            Map.entry("finishReason", Type.TEXT),
            Map.entry("blockReason", Type.TEXT),
            Map.entry("modelVersion", Type.TEXT),
            Map.entry("responseId", Type.TEXT),
            Map.entry("modality", Type.TEXT),
            Map.entry("tokenCount", Type.COUNT));

    private static final Pattern UNDERSCORE = Pattern.compile("_(\\w)");

    private AnswerField() {}

    /** @param name in camelCase */
    static Type typeOf(String name) {
        Type type = TYPES.get(name);
        if (type != null) {
            return type;
        }
        return name.endsWith("TokenCount")
                ? Type.COUNT
                : name.endsWith("TokensDetails") ? Type.STRUCTURE : Type.UNKNOWN;
    }

    /** The name as protobuf's JSON spells it: {@code inline_data} is {@code inlineData}. */
    static String camelCase(String name) {
        return UNDERSCORE.matcher(name).replaceAll(word -> word.group(1).toUpperCase(Locale.ROOT));
    }
}
