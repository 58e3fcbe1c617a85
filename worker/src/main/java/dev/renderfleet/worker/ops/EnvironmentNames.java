package dev.renderfleet.worker.ops;

import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Finds misspelt settings among environment variables. SmallRye Config checks the names in files and system properties, but not
 * these, and most settings come this way.
 */
final class EnvironmentNames {

    private static final String PREFIX = "RENDERFLEET_";

    private EnvironmentNames() {}

    /** Those that begin like a setting of ours and are none, sorted. */
    static List<String> unknown(Collection<String> variables) {
        List<Pattern> known = ConfigMappings.getProperties(ConfigClass.configClass(FleetConfig.class)).keySet().stream()
                .map(EnvironmentNames::variable)
                .toList();
        return variables.stream()
                .filter(name -> name.startsWith(PREFIX))
                .filter(name -> known.stream()
                        .noneMatch(pattern -> pattern.matcher(name).matches()))
                .sorted()
                .toList();
    }

    /** {@code renderfleet.providers.*.api-key} as {@code RENDERFLEET_PROVIDERS_(any name)_API_KEY}. */
    private static Pattern variable(String property) {
        String name = property.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9*]", "_");
        return Pattern.compile(name.replace("*", "[A-Z0-9_]+"));
    }
}
