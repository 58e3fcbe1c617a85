package dev.renderfleet.sandbox.gemini;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One way in which a call goes differently from a plain success. Rules and prompt directives name effects; several may
 * apply to one call. An upper-case name that is none of ours is a finishReason, so that those which Google will invent
 * can be tried as well.
 */
public sealed interface Effect {
    /** Answered with an HTTP error before the model works: not billed. */
    record Fail(ApiError error) implements Effect {}

    /** Like {@link Fail} with 429 in full form; the model's name is known only when it is called. */
    record OverQuota(QuotaKind kind, String retryDelay, Optional<String> retryAfter, boolean wrapped)
            implements Effect {}

    /** The prompt was refused: promptFeedback.blockReason and no candidates. */
    record Block(String reason) implements Effect {}

    /** A candidate without picture that ended for this reason. */
    record Finish(String reason) implements Effect {}

    /** STOP, but the model only talked. */
    record TextOnly() implements Effect {}

    /** Several pictures in one answer. */
    record Pictures(int count) implements Effect {}

    /** Thought drafts, with text and a picture, come before the picture. */
    record Thoughts() implements Effect {}

    /** Something is wrong with the picture's bytes. */
    enum PictureFault implements Effect {
        WRONG_MIME,
        CORRUPT_PNG,
        WRONG_SIZE,
        BLANK,
        NOISE,
        TRUNCATED_FILE,
        TRUNCATED_BASE64
    }

    /** Something is odd about how the answer comes over the wire. */
    enum Delivery implements Effect {
        HANG,
        RESET,
        RESET_MID_BODY,
        CLOSE_MID_BODY,
        DRIP,
        CHUNKED,
        GZIP,
        HTML,
        EMPTY,
        UNKNOWN_FIELDS,
        LARGE_HEADERS
    }

    /** The answer takes this much longer, whatever the time scale: for "the client has given up when it comes". */
    record Late(Duration by) implements Effect {}

    /** The names that take options: retryDelay and retryAfter (429), count (MANY_IMAGES), seconds (LATE). */
    static Effect named(String name, Map<String, String> options) {
        return switch (name) {
            case "400" -> fail(ApiError.invalid("Request contains an invalid argument."), options);
            case "401", "403" -> fail(ApiError.forbidden(), options);
            case "404" -> fail(ApiError.noModel("simulated"), options);
            case "429", "429_RPM" -> overQuota(QuotaKind.RPM, options, false);
            case "429_IPM" -> overQuota(QuotaKind.IPM, options, false);
            case "429_TPM" -> overQuota(QuotaKind.TPM, options, false);
            case "429_DAY" -> overQuota(QuotaKind.RPD, options, false);
            case "429_VERTEX" -> overQuota(QuotaKind.RPM, options, true);
            case "429_SHORT" -> fail(ApiError.exhausted(), options);
            case "500" -> fail(ApiError.internal(), options);
            case "503" -> fail(ApiError.unavailable(), options);
            case "504" -> fail(ApiError.deadline(), options);
            case "TEXT_ONLY" -> new TextOnly();
            case "MANY_IMAGES" -> new Pictures(Integer.parseInt(options.getOrDefault("count", "3")));
            case "THOUGHTS" -> new Thoughts();
            case "LATE" -> new Late(seconds(options.getOrDefault("seconds", "5")));
            default -> other(name);
        };
    }

    private static Effect other(String name) {
        for (PictureFault fault : PictureFault.values()) {
            if (fault.name().equals(name)) {
                return fault;
            }
        }
        for (Delivery delivery : Delivery.values()) {
            if (delivery.name().equals(name)) {
                return delivery;
            }
        }
        if (name.startsWith("BLOCK_")) {
            return new Block(name.substring("BLOCK_".length()));
        }
        if (name.isEmpty() || !name.equals(name.toUpperCase(Locale.ROOT)) || Character.isDigit(name.charAt(0))) {
            throw new IllegalArgumentException("no behaviour is called '" + name + "'");
        }
        return new Finish(name);
    }

    private static Effect fail(ApiError error, Map<String, String> options) {
        String retryAfter = options.get("retryAfter");
        return new Fail(retryAfter == null ? error : error.withRetryAfter(retryAfter));
    }

    private static Effect overQuota(QuotaKind kind, Map<String, String> options, boolean wrapped) {
        return new OverQuota(
                kind,
                options.getOrDefault("retryDelay", "21s"),
                Optional.ofNullable(options.get("retryAfter")),
                wrapped);
    }

    private static Duration seconds(String text) {
        return Duration.ofMillis((long) (Double.parseDouble(text) * 1000));
    }
}
