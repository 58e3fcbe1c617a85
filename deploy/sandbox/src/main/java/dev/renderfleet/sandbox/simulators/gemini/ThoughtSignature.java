package dev.renderfleet.sandbox.simulators.gemini;

import dev.renderfleet.sandbox.simulators.Digests;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;

/** The signature of a model's thoughts, which the next turn must send back: recognised without keeping those that were given out. */
final class ThoughtSignature {

    private static final String SECRET = "thoughts";

    private ThoughtSignature() {}

    /** The signature of an answer to the request with that digest, in base64. */
    static String of(String digest) {
        return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(digest + proof(digest)));
    }

    static boolean isValid(String base64) {
        try {
            String signature = HexFormat.of().formatHex(Base64.getDecoder().decode(base64));
            String digest = signature.substring(0, signature.length() / 2);
            return !digest.isEmpty() && signature.equals(digest + proof(digest));
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static String proof(String digest) {
        return Digests.of(SECRET, digest.getBytes(StandardCharsets.US_ASCII)).substring(0, digest.length());
    }
}
