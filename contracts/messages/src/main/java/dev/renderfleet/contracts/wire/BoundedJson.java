package dev.renderfleet.contracts.wire;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.renderfleet.contracts.event.FailureCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses one JSON object from foreign bytes into maps, lists, texts, numbers and booleans. Refuses what later stages cannot handle:
 * deep nesting, long texts, names and numbers, duplicate names, a second document, numbers beyond a double (not representable in
 * canonical JSON and {@code jsonb}), NUL and unpaired surrogates (not storable in PostgreSQL). Bytes must be strict UTF-8: otherwise two
 * keys that differ only in invalid bytes would be the same job.
 */
final class BoundedJson {

    static final int DEPTH_MAX = 64;
    static final int STRING_CHARS_MAX = 131_072;
    static final int NAME_CHARS_MAX = 256;
    static final int NUMBER_CHARS_MAX = 64;

    /** Decimal digits before the point of the largest double. */
    private static final int MAGNITUDE_MAX = 309;

    /** NUL, or half a surrogate pair. */
    static final Pattern UNSTORABLE = Pattern.compile("[\\x00\\p{Cs}]");

    private static final char BYTE_ORDER_MARK = '\uFEFF';

    /**
     * Names are neither interned nor cached, since they are foreign text. The parser's own bounds are so wide that this class
     * names the broken rule first; nothing exceeds the record's size.
     */
    static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX + 1)
                    .maxStringLength(JobCodec.BYTES_MAX)
                    .maxNameLength(JobCodec.BYTES_MAX)
                    .maxNumberLength(JobCodec.BYTES_MAX)
                    .build())
            .build();

    private BoundedJson() {}

    /** The object, its names in the order of the text. */
    static Map<String, @Nullable Object> parse(byte[] utf8) {
        CharBuffer text = decode(utf8);
        try (JsonParser parser =
                FACTORY.createParser(text.array(), text.arrayOffset() + text.position(), text.remaining())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw malformed(JsonPath.ROOT, "a record is one JSON object in braces; send one job per record");
            }
            Map<String, @Nullable Object> root = object(parser, JsonPath.ROOT, 1);
            if (parser.nextToken() != null) {
                throw malformed(JsonPath.ROOT, "something follows the JSON object; send one job per record");
            }
            return root;
        } catch (JacksonException e) {
            // Its message quotes the input at length; its location does not.
            var location = e.getLocation();
            String where = location == null
                    ? ""
                    : String.format(Locale.ROOT, " (line %d, column %d)", location.getLineNr(), location.getColumnNr());
            throw malformed(JsonPath.ROOT, "the record is not well-formed JSON" + where + "; check how it is written");
        } catch (IOException e) {
            throw new UncheckedIOException("characters in memory cannot fail to be read", e);
        }
    }

    private static CharBuffer decode(byte[] utf8) {
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
            if (text.hasRemaining() && text.get(text.position()) == BYTE_ORDER_MARK) {
                text.get();
            }
            return text;
        } catch (CharacterCodingException e) {
            throw malformed(JsonPath.ROOT, "the record is not UTF-8; encode JSON as UTF-8");
        }
    }

    private static Map<String, @Nullable Object> object(JsonParser parser, JsonPath path, int depth)
            throws IOException {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonPath at = path.child(name);
            if (name.length() > NAME_CHARS_MAX) {
                throw RuleViolation.invalid(
                        at, String.format(Locale.ROOT, "a field's name has at most %d characters", NAME_CHARS_MAX));
            }
            checkCharacters(name, at);
            if (fields.containsKey(name)) {
                throw malformed(at, "the field occurs twice in the same object; keep one");
            }
            fields.put(name, value(parser, parser.nextToken(), at, depth));
        }
        return Collections.unmodifiableMap(fields);
    }

    private static @Nullable Object value(JsonParser parser, JsonToken token, JsonPath path, int depth)
            throws IOException {
        return switch (token) {
            case START_OBJECT -> object(parser, path, deeper(path, depth));
            case START_ARRAY -> array(parser, path, deeper(path, depth));
            case VALUE_STRING -> text(parser, path);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser, path);
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                throw new IllegalStateException("the parser returned " + token + " as a value");
        };
    }

    private static List<@Nullable Object> array(JsonParser parser, JsonPath path, int depth) throws IOException {
        List<@Nullable Object> elements = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            elements.add(value(parser, token, path.element(elements.size()), depth));
        }
        return Collections.unmodifiableList(elements);
    }

    private static int deeper(JsonPath path, int depth) {
        if (depth == DEPTH_MAX) {
            throw malformed(path, String.format(Locale.ROOT, "objects and lists nest at most %d deep", DEPTH_MAX));
        }
        return depth + 1;
    }

    private static String text(JsonParser parser, JsonPath path) throws IOException {
        if (parser.getTextLength() > STRING_CHARS_MAX) {
            throw RuleViolation.invalid(
                    path, String.format(Locale.ROOT, "a text has at most %,d characters", STRING_CHARS_MAX));
        }
        String text = parser.getText();
        checkCharacters(text, path);
        return text;
    }

    private static Number number(JsonParser parser, JsonPath path) throws IOException {
        if (parser.getTextLength() > NUMBER_CHARS_MAX) {
            throw RuleViolation.invalid(
                    path, String.format(Locale.ROOT, "a number has at most %d characters", NUMBER_CHARS_MAX));
        }
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            return parser.getNumberValue();
        }
        try {
            BigDecimal number = new BigDecimal(parser.getText());
            long magnitude = (long) number.precision() - number.scale();
            if (Math.abs(magnitude) <= MAGNITUDE_MAX && Double.isFinite(number.doubleValue())) {
                return number;
            }
        } catch (NumberFormatException _) {
            // An exponent beyond an int.
        }
        throw RuleViolation.invalid(path, "a number must be within the range of a double; send larger ones as text");
    }

    /** The same rule without a matcher: each text of each message is checked. */
    static boolean isStorable(String text) {
        int c;
        for (int i = 0; i < text.length(); i += Character.charCount(c)) {
            c = text.codePointAt(i);
            // A pair is one code point, half of one is its own.
            if (c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                return false;
            }
        }
        return true;
    }

    private static void checkCharacters(String text, JsonPath path) {
        if (!isStorable(text)) {
            throw RuleViolation.invalid(
                    path, "text holds neither NUL nor half of a surrogate pair; remove the character");
        }
    }

    private static RuleViolation malformed(JsonPath path, String message) {
        return new RuleViolation(FailureCode.MALFORMED, path.shown(), message);
    }
}
