package dev.renderfleet.testbed.audit;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many billed answers to a prompt the simulator was told to spoil, by the directives in the prompt itself. They are no fault of a
 * worker. Only counted directives count: one without end spoils every call. What is refused with an HTTP error is not billed.
 *
 * @param unknown of which the caller cannot know whether they were billed
 * @param useless that came, so that the caller knows that they were billed, and are no picture
 */
record SpoiltResponses(int unknown, int useless) {

    private static final Pattern COUNTED = Pattern.compile("\\[\\[sim:([A-Z0-9_]+)[^*\\]]*\\*\\s*(\\d+)\\s*]]");

    private static final Set<String> UNKNOWN = Set.of("HANG", "RESET", "RESET_MID_BODY", "CLOSE_MID_BODY", "LATE");

    private static final Set<String> USELESS =
            Set.of("EMPTY", "HTML", "TRUNCATED_BASE64", "TRUNCATED_FILE", "CORRUPT_PNG", "BLANK");

    static SpoiltResponses of(String prompt) {
        return new SpoiltResponses(count(prompt, UNKNOWN), count(prompt, USELESS));
    }

    private static int count(String prompt, Set<String> kinds) {
        int spoiled = 0;
        Matcher directive = COUNTED.matcher(prompt);
        while (directive.find()) {
            if (kinds.contains(directive.group(1))) {
                spoiled += Integer.parseInt(directive.group(2));
            }
        }
        return spoiled;
    }
}
