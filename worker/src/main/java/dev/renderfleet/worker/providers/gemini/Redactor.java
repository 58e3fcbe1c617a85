package dev.renderfleet.worker.providers.gemini;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes a provider's text safe for logs and events: one line, bounded, without the API key. */
final class Redactor {

    /** As {@code NotDrawn.detail} promises. */
    static final int CHARS_MAX = 500;

    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\s]+");

    private final String secret;

    Redactor(String secret) {
        this.secret = secret;
    }

    /** The redacted text, or null if nothing visible is left. */
    @Nullable
    String redact(@Nullable String text) {
        if (text == null) {
            return null;
        }
        // Masked before cutting, so that no part of the key is left.
        String masked = text.replace(secret, "***");
        String start = masked.substring(0, Math.min(masked.length(), 8 * CHARS_MAX));
        String line = INVISIBLE.matcher(start).replaceAll(" ").strip();
        return line.isEmpty() ? null : shorten(line);
    }

    private static String shorten(String line) {
        if (line.length() <= CHARS_MAX) {
            return line;
        }
        int end = CHARS_MAX - 1;
        return line.substring(0, Character.isHighSurrogate(line.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
