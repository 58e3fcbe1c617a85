package dev.renderfleet.sandbox.simulators;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Behaviour asked for in the prompt itself, so that a black-box test needs no back door: {@code [[sim:IMAGE_SAFETY]]},
 * {@code [[sim:503*2]]} (the first two calls with this prompt), {@code [[sim:429 retryDelay=1.5s*1]]}. With the option
 * {@code model} it is for calls of that model only.
 */
public final class PromptDirectives {
    private static final Pattern DIRECTIVE =
            Pattern.compile("\\[\\[sim:([A-Z0-9_]+)((?:\\s+\\w+=[^\\s*\\]]+)*)\\s*(?:\\*\\s*(\\d+))?\\s*]]");

    private PromptDirectives() {}

    /** One directive, its position in the prompt being its identity. */
    record Directive(Behaviour behaviour, OptionalInt times) {}

    static List<Directive> in(String prompt) {
        var found = new ArrayList<Directive>();
        Matcher matcher = DIRECTIVE.matcher(prompt);
        while (matcher.find()) {
            String times = matcher.group(3);
            found.add(new Directive(
                    new Behaviour(matcher.group(1), options(matcher.group(2))),
                    times == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(times))));
        }
        return found;
    }

    /** The prompt as a person would have written it. */
    public static String removedFrom(String prompt) {
        return DIRECTIVE.matcher(prompt).replaceAll("").strip();
    }

    private static Map<String, String> options(String text) {
        var options = new HashMap<String, String>();
        for (String pair : text.strip().split("\\s+", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                options.put(pair.substring(0, equals), pair.substring(equals + 1));
            }
        }
        return options;
    }
}
