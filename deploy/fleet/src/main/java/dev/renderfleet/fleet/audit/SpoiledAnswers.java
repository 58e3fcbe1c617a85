package dev.renderfleet.fleet.audit;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many billed answers to a prompt the simulator was told to spoil, by the directives in the prompt itself. A worker has to
 * call again after each of them, so they are no fault of it. Only counted directives count: one without end spoils every call.
 */
final class SpoiledAnswers {

    private static final Pattern COUNTED = Pattern.compile("\\[\\[sim:([A-Z0-9_]+)[^*\\]]*\\*\\s*(\\d+)\\s*]]");

    /** Billed, and of no use to the caller. What is refused with an HTTP error is not billed. */
    private static final Set<String> SPOIL = Set.of(
            "HANG",
            "RESET",
            "RESET_MID_BODY",
            "CLOSE_MID_BODY",
            "EMPTY",
            "HTML",
            "LATE",
            "TRUNCATED_BASE64",
            "TRUNCATED_FILE",
            "CORRUPT_PNG",
            "BLANK");

    private SpoiledAnswers() {}

    static int of(String prompt) {
        int spoiled = 0;
        Matcher directive = COUNTED.matcher(prompt);
        while (directive.find()) {
            if (SPOIL.contains(directive.group(1))) {
                spoiled += Integer.parseInt(directive.group(2));
            }
        }
        return spoiled;
    }
}
