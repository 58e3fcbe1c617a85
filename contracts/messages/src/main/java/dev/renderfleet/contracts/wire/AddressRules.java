package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.event.FailureCode;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rules for addresses in jobs, by their text alone. A malformed address is an invalid field; a well-formed one with a forbidden
 * target (a private host, another scheme, a path step {@code ..}) is a forbidden reference.
 */
final class AddressRules {

    static final int URI_CHARS_MAX = 4_096;

    private static final int KEY_BYTES_MAX = 1_024;
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern AUTHORITY = Pattern.compile("(?<host>\\[[^\\]]*]|[^:\\[\\]]*)(:(?<port>\\d{1,5}))?");
    private static final int PORT_MAX = 65_535;

    private AddressRules() {}

    /** Why an address is refused. */
    record Objection(FailureCode code, String message) {}

    /** A reference's address: {@code s3://bucket/key} or public https. */
    static @Nullable Objection toReference(URI uri) {
        String scheme = scheme(uri);
        return switch (scheme) {
            case "s3" -> toS3(uri);
            case "https" -> toHttps(uri, FailureCode.REFERENCE_FORBIDDEN);
            default ->
                new Objection(
                        FailureCode.REFERENCE_FORBIDDEN,
                        "uri must start with s3:// or https://, not " + PrintableText.quoted(scheme));
        };
    }

    /** A callback's address: public https. */
    static @Nullable Objection toCallback(URI uri) {
        String scheme = scheme(uri);
        return scheme.equals("https")
                ? toHttps(uri, FailureCode.INVALID_FIELD)
                : invalid("callback must start with https://, not " + PrintableText.quoted(scheme));
    }

    /** The text as an address, or null if it is malformed: too long, spaces, control characters, broken escapes. */
    static @Nullable URI parse(String text) {
        if (text.length() > URI_CHARS_MAX || text.codePoints().anyMatch(Character::isISOControl)) {
            return null;
        }
        try {
            return new URI(text);
        } catch (URISyntaxException _) {
            return null;
        }
    }

    private static String scheme(URI uri) {
        String scheme = uri.getScheme();
        // Case-sensitive: readers of the job compare with lower case.
        return scheme == null ? "" : scheme;
    }

    private static @Nullable Objection toS3(URI uri) {
        String bucket = uri.getRawAuthority();
        String path = uri.getPath();
        if (bucket == null || !BUCKET.matcher(bucket).matches()) {
            return invalid("s3:// must be followed by a bucket's name of 3 to 63 characters of a-z 0-9 . -");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            return invalid("an s3 address ends with the key; escape ? as %3F and # as %23");
        }
        if (path == null || path.length() < 2) {
            return invalid("the bucket must be followed by the key of an object, as in s3://bucket/key");
        }
        String key = path.substring(1);
        if (key.startsWith("/")) {
            return invalid("a key must not start with a slash");
        }
        if (key.getBytes(StandardCharsets.UTF_8).length > KEY_BYTES_MAX) {
            return invalid("a key has at most 1,024 bytes");
        }
        // Checked after unescaping, since the next reader takes %2e%2e for ..
        if (key.codePoints().anyMatch(Character::isISOControl)) {
            return invalid("a key must not contain control characters");
        }
        for (String segment : key.split("[/\\\\]", -1)) {
            if (segment.equals("..") || segment.equals(".")) {
                return new Objection(FailureCode.REFERENCE_FORBIDDEN, "a key must not contain the path steps . and ..");
            }
        }
        return null;
    }

    private static @Nullable Objection toHttps(URI uri, FailureCode codeOfForbiddenHost) {
        String authority = uri.getRawAuthority();
        if (authority == null) {
            return invalid("https:// must be followed by a host");
        }
        if (authority.contains("@")) {
            return invalid("an address must not contain user or password; use a presigned address");
        }
        if (uri.getRawFragment() != null) {
            return invalid("an address must not contain a fragment; remove # and what follows");
        }
        // Not URI.getHost(): it is null for exactly the spellings that need a message.
        Matcher parts = AUTHORITY.matcher(authority);
        if (!parts.matches()) {
            return invalid("https:// must be followed by a host, optionally with a colon and a port");
        }
        String port = parts.group("port");
        if (port != null && (Integer.parseInt(port) < 1 || Integer.parseInt(port) > PORT_MAX)) {
            return invalid("a port is a number from 1 to 65535");
        }
        String objection = PublicHosts.objection(parts.group("host"));
        if (objection != null) {
            return new Objection(codeOfForbiddenHost, objection);
        }
        // The HTTP client uses URI.getHost().
        return uri.getHost() == null ? invalid("https:// must be followed by a domain name or an address") : null;
    }

    private static Objection invalid(String message) {
        return new Objection(FailureCode.INVALID_FIELD, message);
    }
}
