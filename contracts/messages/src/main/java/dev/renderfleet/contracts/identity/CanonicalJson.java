package dev.renderfleet.contracts.identity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.erdtman.jcs.JsonCanonicalizer;

/**
 * JSON in canonical form (RFC 8785): no spaces, names sorted by UTF-16 code units, numbers as ECMAScript prints them. Equal documents
 * have equal bytes, so their digests can be compared. Integers beyond 2^53 - 1 are not exact and must be refused before.
 */
public final class CanonicalJson {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private CanonicalJson() {}

    /**
     * The canonical form of a JSON object or array, in UTF-8.
     *
     * @throws IllegalArgumentException if the text is neither, or has an unpaired surrogate, a duplicate name or a number beyond a double
     */
    public static byte[] of(String json) {
        try {
            String canonical = new JsonCanonicalizer(json).getEncodedString();
            requireWellFormed(canonical);
            return canonical.getBytes(StandardCharsets.UTF_8);
        } catch (IOException | RuntimeException e) {
            // The library reports invalid input by any of these exceptions.
            throw new IllegalArgumentException("not an I-JSON object or array", e);
        }
    }

    /** The canonical form of an object made of maps, lists, texts, numbers and booleans, in UTF-8. */
    public static byte[] of(Map<String, ?> object) {
        try {
            return of(MAPPER.writeValueAsString(object));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not made of JSON values", e);
        }
    }

    // RFC 8785 section 3.2.2.2 demands it and the library does not look; the bytes would have question marks and match
    // other texts.
    private static void requireWellFormed(String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException("unpaired surrogate");
        }
    }
}
