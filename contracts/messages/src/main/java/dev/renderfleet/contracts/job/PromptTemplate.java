package dev.renderfleet.contracts.job;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fills {@code {name}} places; braces around anything that is not a name stay as they are, so JSON in a prompt survives. */
public final class PromptTemplate {

    private static final Pattern PLACE = Pattern.compile("\\{([A-Za-z][A-Za-z0-9_]{0,63})}");

    private PromptTemplate() {}

    /** Names of all places of the template, in order of first use. */
    public static Set<String> places(String template) {
        Set<String> names = new LinkedHashSet<>();
        Matcher matcher = PLACE.matcher(template);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    /**
     * Length of the filled-in text in characters, computed without making it: a short template with a long variable in many places
     * would otherwise fill the memory before anyone could refuse it. A place without a variable counts as it stands.
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

    /** The template with each place replaced once, from left to right; values are not searched for places. */
    static String fill(String template, Map<String, String> variables) {
        return PLACE.matcher(template)
                .replaceAll(place -> Matcher.quoteReplacement(variables.getOrDefault(place.group(1), place.group())));
    }
}
