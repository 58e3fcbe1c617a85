package dev.renderfleet.worker.ops;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toUnmodifiableSet;

import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds misspelt settings among environment variables. SmallRye Config checks the names in files and system properties, but not
 * these, and most settings come this way.
 */
final class EnvironmentNames {

    private static final String ANY_NAME = "*";

    /** What Kubernetes sets in every pod for a service; one called {@code renderfleet-worker} looks like settings of ours. */
    private static final Pattern KUBERNETES =
            Pattern.compile(".*_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT|PORT_\\d+_[A-Z]+(_(ADDR|PORT|PROTO))?)");

    /** All settings; {@code renderfleet.providers.*.api-key} as {@code RENDERFLEET_PROVIDERS_*_API_KEY}. */
    private static final Set<String> SETTINGS =
            properties().map(EnvironmentNames::variable).collect(toUnmodifiableSet());

    /** {@code RENDERFLEET_WORKER_} and the like. */
    private static final Set<String> GROUPS = properties()
            .map(property -> property.split("\\.", 3))
            .filter(parts -> parts.length == 3)
            .map(parts -> variable(parts[0] + "." + parts[1] + "."))
            .collect(toUnmodifiableSet());

    private EnvironmentNames() {}

    private static Stream<String> properties() {
        return ConfigMappings.getProperties(ConfigClass.configClass(WorkerSettings.class)).keySet().stream();
    }

    private static String variable(String property) {
        return property.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9*]", "_");
    }

    /** Throws where one of these variables is below a group of settings, such as {@code RENDERFLEET_WORKER_}, and is none of them. */
    static void refuseMisspelt(Collection<String> variables) {
        List<String> misspelt =
                variables.stream().filter(EnvironmentNames::isMisspelt).sorted().toList();
        if (!misspelt.isEmpty()) {
            throw new IllegalArgumentException(misspelt.stream()
                    .map(name -> "no such setting: " + name + " (nearest: " + nearest(name) + ")")
                    .collect(joining("; ")));
        }
    }

    private static boolean isMisspelt(String variable) {
        return GROUPS.stream().anyMatch(variable::startsWith)
                && !KUBERNETES.matcher(variable).matches()
                && SETTINGS.stream().noneMatch(setting -> variable.matches(setting.replace(ANY_NAME, "[A-Z0-9_]+")));
    }

    private static String nearest(String variable) {
        String[] words = variable.split("_", -1);
        String name = words.length > 2 ? words[2] : ANY_NAME;
        return SETTINGS.stream()
                .map(setting -> setting.replace(ANY_NAME, name))
                .min(Comparator.comparingInt((String setting) -> distance(setting, variable))
                        .thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
    }

    /** Levenshtein distance: letters to insert, delete or replace. */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
