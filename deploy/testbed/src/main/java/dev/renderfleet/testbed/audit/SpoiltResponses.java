package dev.renderfleet.testbed.audit;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Number of billed responses that the simulator spoils, by the directives in the prompt. They are no fault of a worker. Directives without a
 * count are left out. Calls refused with an HTTP error are not billed.
 *
 * @param unknown for which the caller cannot know whether they were billed
 * @param useless that arrived, so that the caller knows they were billed, and contain no image
 */
record SpoiltResponses(int unknown, int useless) {

    static final String DIRECTIVE = "[[sim:";

    /** Answers, and is billed, as a model that the catalogue of a run lacks. */
    static final String OTHER_MODEL = DIRECTIVE + "OTHER_MODEL";

    private static final Pattern COUNTED = Pattern.compile("\\[\\[sim:([A-Z0-9_]+)[^*\\]]*\\*\\s*(\\d+)\\s*]]");

    private static final Set<String> UNKNOWN =
            Set.of("HANG", "RESET", "RESET_MID_BODY", "CLOSE_MID_BODY", "LATE", "GATEWAY_524");

    private static final Set<String> USELESS =
            Set.of("EMPTY", "HTML", "TRUNCATED_BASE64", "TRUNCATED_FILE", "CORRUPT_PNG", "IMAGE_OTHER", "HALF_SIZE");

    static SpoiltResponses of(String prompt) {
        return new SpoiltResponses(count(prompt, UNKNOWN), count(prompt, USELESS));
    }

    /** Whether each call is refused, so that the job must fail. */
    static boolean isAlways(String prompt) {
        return prompt.contains(DIRECTIVE) && !COUNTED.matcher(prompt).find();
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
