package dev.renderfleet.worker.providers.gemini;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes the provider's words fit for logs and events: one line, bounded, without the API key. */
final class SafeText {

    /** As {@code NotDrawn.detail} promises. */
    static final int CHARS_MAX = 500;

    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\s]+");

    private final String secret;

    SafeText(String secret) {
        this.secret = secret;
    }

    /** The words, or null if nothing visible is left of them. */
    @Nullable
    String of(@Nullable String words) {
        if (words == null) {
            return null;
        }
        // The secret goes first, so that no cut leaves half of it.
        String masked = words.replace(secret, "***");
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
