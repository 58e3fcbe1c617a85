package dev.renderfleet.worker.providers.gemini;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** The fields of an answer that {@link GeminiResponseMapper} reads, and their types. */
final class AnswerField {

    /** Type of a field's value. */
    enum Type {
        OBJECT,
        /** An array of objects. */
        LIST,
        TEXT,
        /** An array of texts. */
        TEXTS,
        /** Base64 of a bounded number of bytes. */
        BYTES,
        /** A whole number. */
        COUNT,
        FLAG,
        /** Not read. */
        UNKNOWN
    }

    private static final Map<String, Type> TYPES = Map.ofEntries(
            Map.entry("candidates", Type.LIST),
            Map.entry("content", Type.OBJECT),
            Map.entry("parts", Type.LIST),
            Map.entry("inlineData", Type.OBJECT),
            Map.entry("promptFeedback", Type.OBJECT),
            Map.entry("usageMetadata", Type.OBJECT),
            Map.entry("groundingMetadata", Type.OBJECT),
            Map.entry("groundingChunks", Type.LIST),
            Map.entry("web", Type.OBJECT),
            Map.entry("image", Type.OBJECT),
            Map.entry("searchEntryPoint", Type.OBJECT),
            Map.entry("webSearchQueries", Type.TEXTS),
            Map.entry("imageSearchQueries", Type.TEXTS),
            Map.entry("thoughtSignature", Type.BYTES),
            Map.entry("uri", Type.TEXT),
            Map.entry("sourceUri", Type.TEXT),
            Map.entry("title", Type.TEXT),
            Map.entry("renderedContent", Type.TEXT),
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
        return name.endsWith("TokenCount") ? Type.COUNT : name.endsWith("TokensDetails") ? Type.LIST : Type.UNKNOWN;
    }

    /** The name as protobuf's JSON spells it: {@code inline_data} is {@code inlineData}. */
    static String camelCase(String name) {
        return UNDERSCORE.matcher(name).replaceAll(word -> word.group(1).toUpperCase(Locale.ROOT));
    }
}
