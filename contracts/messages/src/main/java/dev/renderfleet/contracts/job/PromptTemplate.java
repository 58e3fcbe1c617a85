package dev.renderfleet.contracts.job;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fills {@code {name}} placeholders. Braces around other text are kept, so a prompt may contain JSON. */
public final class PromptTemplate {

    private static final Pattern PLACE = Pattern.compile("\\{([A-Za-z][A-Za-z0-9_]{0,63})}");

    private PromptTemplate() {}

    /** Names of all placeholders, in order of first use. */
    public static Set<String> places(String template) {
        Set<String> names = new LinkedHashSet<>();
        Matcher matcher = PLACE.matcher(template);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    /**
     * Length of the filled-in text in characters, computed without building it, since a long variable in many placeholders could
     * exhaust the memory. A placeholder without a variable counts as written.
     */
    public static long filledLength(String template, Map<String, String> variables) {
        long length = template.length();
        Matcher matcher = PLACE.matcher(template);
        while (matcher.find()) {
            String value = variables.get(matcher.group(1));
            if (value != null) {
                length += value.length() - matcher.group().length();
            }
        }
        return length;
    }

    /** The template with each placeholder replaced once, from left to right; values are not searched for placeholders. */
    static String fill(String template, Map<String, String> variables) {
        return PLACE.matcher(template)
                .replaceAll(place -> Matcher.quoteReplacement(variables.getOrDefault(place.group(1), place.group())));
    }
}
