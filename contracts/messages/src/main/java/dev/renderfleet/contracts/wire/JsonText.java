package dev.renderfleet.contracts.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes maps, lists, texts, numbers and booleans as compact JSON in UTF-8, in the order given. Half surrogate pairs and NUL become the
 * replacement character: a provider's words that somebody cut in the middle of an emoji must not keep an outcome from being told.
 */
final class JsonText {

    private static final int BYTES_TYPICAL = 1_024;
    private static final char REPLACEMENT = '\uFFFD';

    private JsonText() {}

    /** The object as JSON. */
    static byte[] write(Map<String, ?> object) {
        var bytes = new ByteArrayOutputStream(BYTES_TYPICAL);
        try (JsonGenerator generator = BoundedJson.FACTORY.createGenerator(bytes)) {
            value(generator, object);
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory cannot fail to be written", e);
        }
        return bytes.toByteArray();
    }

    private static void value(JsonGenerator generator, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> generator.writeNull();
            case Map<?, ?> object -> {
                generator.writeStartObject();
                for (Map.Entry<?, ?> field : object.entrySet()) {
                    generator.writeFieldName(wellFormed(String.valueOf(field.getKey())));
                    value(generator, field.getValue());
                }
                generator.writeEndObject();
            }
            case Iterable<?> list -> {
                generator.writeStartArray();
                for (Object element : list) {
                    value(generator, element);
                }
                generator.writeEndArray();
            }
            case CharSequence text -> generator.writeString(wellFormed(text.toString()));
            case Boolean truth -> generator.writeBoolean(truth);
            case Integer number -> generator.writeNumber(number);
            case Long number -> generator.writeNumber(number);
            case BigInteger number -> generator.writeNumber(number);
            case BigDecimal number -> generator.writeNumber(number);
            case Double number -> generator.writeNumber(number);
            default -> throw new IllegalArgumentException("not a JSON value: " + value.getClass());
        }
    }

    private static String wellFormed(String text) {
        StringBuilder repaired = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (c == 0 || Character.isSurrogate(c)) {
                repaired = repaired == null ? new StringBuilder(text) : repaired;
                repaired.setCharAt(i, REPLACEMENT);
            }
        }
        return repaired == null ? text : repaired.toString();
    }
}
