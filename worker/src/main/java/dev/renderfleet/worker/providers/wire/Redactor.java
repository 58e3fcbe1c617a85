package dev.renderfleet.worker.providers.wire;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a provider's text safe for logs and events: one line, bounded, without API key or token and without queries of addresses. Safe for
 * use by many threads.
 */
public final class Redactor {

    /** As {@code NotDrawn.detail} promises. */
    public static final int CHARS_MAX = 500;

    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\s]+");

    /** A signed address works without a key. */
    private static final Pattern QUERY = Pattern.compile("(https?://[^\\s?\"'<>]++)\\?[^\\s\"'<>]+");

    /** Of a pre-signed address that lost its scheme, or is encoded. */
    private static final Pattern SIGNATURE = Pattern.compile(
            "(X-Amz-(?:Signature|Credential|Security-Token)(?:=|%3D))[^&\\s\"'<>]+", Pattern.CASE_INSENSITIVE);

    /** Of one account: calls in progress may use a token that was renewed since. */
    private static final int SECRETS_MAX = 4;

    private volatile List<String> secrets;

    /** @param secret empty: none yet */
    public Redactor(String secret) {
        this.secrets = secret.isEmpty() ? List.of() : List.of(secret);
    }

    /** Masks this secret too from now on. Only the newest four are known. */
    public synchronized void add(String secret) {
        if (!secrets.contains(secret)) {
            secrets = Stream.concat(Stream.of(secret), secrets.stream())
                    .limit(SECRETS_MAX)
                    .toList();
        }
    }

    /**
     * The key, without white space around it. Checked here, since OkHttp's exception for an invalid header value would contain it.
     *
     * @throws IllegalArgumentException if no key can look like this
     */
    public static String checkedKey(String apiKey) {
        String key = apiKey.strip();
        if (key.isEmpty() || !key.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new IllegalArgumentException("the API key is empty or has characters that no key has");
        }
        return key;
    }

    /** Whether a text that must not be changed has a secret. */
    public boolean isSecretIn(String text) {
        return secrets.stream().anyMatch(text::contains);
    }

    /** The redacted text, or null if nothing visible is left. */
    public @Nullable String redact(@Nullable String text) {
        if (text == null) {
            return null;
        }
        // Masked before cutting, so that no part of the key is left.
        String masked = text;
        for (String secret : secrets) {
            masked = masked.replace(secret, "***");
        }
        String start = QUERY.matcher(masked.substring(0, Math.min(masked.length(), 8 * CHARS_MAX)))
                .replaceAll("$1?***");
        start = SIGNATURE.matcher(start).replaceAll("$1***");
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
