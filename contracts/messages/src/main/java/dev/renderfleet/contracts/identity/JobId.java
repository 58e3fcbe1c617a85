package dev.renderfleet.contracts.identity;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * A job's id: the first 20 bytes of SHA-256 over tenant, line feed and idempotency key in UTF-8, as 40 lower-case hex characters.
 * Every process computes the same id; it is the Kafka record key. A tenant has no line feed, so different pairs have different
 * texts.
 */
public record JobId(String value) {

    private static final int DIGEST_BYTES = 20;

    public JobId {
        if (!isValid(value)) {
            throw new IllegalArgumentException("a job id has 40 lower-case hex characters, this has " + value.length());
        }
    }

    /** Whether the text has the form of a job id. Upper case is refused, since ids are compared as text. */
    public static boolean isValid(String text) {
        return text.length() == 2 * DIGEST_BYTES
                && text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }

    /** The id of the tenant's job with this key. */
    public static JobId of(String tenant, String idempotencyKey) {
        byte[] digest = Sha256.digest((tenant + "\n" + idempotencyKey).getBytes(StandardCharsets.UTF_8));
        return new JobId(HexFormat.of().formatHex(digest, 0, DIGEST_BYTES));
    }

    @Override
    public String toString() {
        return value;
    }
}
