package dev.renderfleet.contracts.wire;

import dev.renderfleet.contracts.identity.JobId;
import java.util.IllformedLocaleException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rules for single texts. Each method returns null for a valid text, else a sentence with rule and remedy. Lengths count Unicode
 * code points, as JSON Schema does, so that all languages agree.
 */
final class TextRules {

    static final int KEY_CHARS_MAX = 200;
    static final int PROMPT_CHARS_MAX = 32_000;
    static final int LABEL_VALUE_CHARS_MAX = 256;

    static final Pattern TENANT = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    static final Pattern MODEL = Pattern.compile("[A-Za-z0-9._:/-]{1,100}");
    static final Pattern PROVIDER = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    static final Pattern REQUIREMENT = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    static final Pattern ASPECT_RATIO = Pattern.compile("(?!0{1,2}:)\\d{1,2}:(?!0{1,2}$)\\d{1,2}");
    static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    static final Pattern RENDITION_NAME = Pattern.compile("[a-z0-9_-]{1,64}");
    static final Pattern LABEL_KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    static final Pattern VARIABLE_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,63}");

    private static final Pattern CLIMBING = Pattern.compile("(^|[/\\\\])\\.\\.($|[/\\\\])");

    private TextRules() {}

    static @Nullable String tenant(String tenant) {
        if (!TENANT.matcher(tenant).matches()) {
            return "tenant has 1 to 64 characters of a-z 0-9 . _ - and starts with a letter or digit, not "
                    + PrintableText.quoted(tenant);
        }
        return tenant.contains("..") ? "tenant must not contain two dots in a row" : null;
    }

    /** The rule of idempotencyKey and batchId. */
    static @Nullable String key(String name, String key) {
        int length = key.codePointCount(0, key.length());
        if (length < 1 || length > KEY_CHARS_MAX) {
            return String.format(Locale.ROOT, "%s has 1 to %d characters, not %d", name, KEY_CHARS_MAX, length);
        }
        return line(name, key);
    }

    static @Nullable String labelValue(String value) {
        int length = value.codePointCount(0, value.length());
        if (length > LABEL_VALUE_CHARS_MAX) {
            return String.format(
                    Locale.ROOT, "a label's value has at most %d characters, not %d", LABEL_VALUE_CHARS_MAX, length);
        }
        return line("a label's value", value);
    }

    static @Nullable String model(String model) {
        if (!MODEL.matcher(model).matches()) {
            return "model has 1 to 100 characters of A-Z a-z 0-9 . _ : / -, not " + PrintableText.quoted(model);
        }
        return model.contains("..") ? "model must not contain two dots in a row" : null;
    }

    static @Nullable String jobId(String name, String text) {
        return JobId.isValid(text)
                ? null
                : String.format(
                        Locale.ROOT,
                        "%s must be a job id of 40 lower-case hex characters, not %s",
                        name,
                        PrintableText.quoted(text));
    }

    static @Nullable String locale(String tag) {
        try {
            new Locale.Builder().setLanguageTag(tag);
            // The builder accepts an empty tag and resets itself.
            return tag.isEmpty() ? localeRule(tag) : null;
        } catch (IllformedLocaleException _) {
            return localeRule(tag);
        }
    }

    private static String localeRule(String tag) {
        return "locale must be a language tag by BCP 47 such as de or pt-BR, with hyphens, not "
                + PrintableText.quoted(tag);
    }

    static @Nullable String prompt(String resolved) {
        int length = resolved.codePointCount(0, resolved.length());
        if (length > PROMPT_CHARS_MAX) {
            return String.format(
                    Locale.ROOT, "prompt has at most %,d characters, not %,d; shorten it", PROMPT_CHARS_MAX, length);
        }
        return resolved.isBlank() ? "prompt must not be empty; describe the image" : null;
    }

    /** Checks a pattern; the given words describe it. */
    static @Nullable String matching(Pattern pattern, String text, String rule) {
        return pattern.matcher(text).matches() ? null : rule + ", not " + PrintableText.quoted(text);
    }

    private static @Nullable String line(String name, String text) {
        if (text.codePoints().anyMatch(TextRules::isControl)) {
            return name + " must not contain control characters or line breaks; remove them";
        }
        return CLIMBING.matcher(text).find() ? name + " must not contain the path step \"..\"; remove it" : null;
    }

    private static boolean isControl(int c) {
        // Half a surrogate pair is a code point of its own here; UTF-8 cannot encode it.
        return Character.isISOControl(c)
                || switch (Character.getType(c)) {
                    case Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE -> true;
                    default -> false;
                };
    }
}
