package dev.renderfleet.cli.cluster;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Named settings, each from the environment, else from a profile file: {@code NAME=value} lines with the names of the environment
 * variables. Unknown names are ignored, so that a worker's file of variables is a profile.
 */
final class Settings {

    private static final String KAFKA = "KAFKA_";

    private final Map<String, String> values = new HashMap<>();

    private Settings(Properties profile, Map<String, String> environment) {
        profile.forEach((name, value) -> values.put(name.toString(), value.toString()));
        environment.forEach((name, value) -> {
            if (!value.isBlank()) {
                values.put(name, value);
            }
        });
    }

    /**
     * Reads the profile.
     *
     * @param profile null for none
     */
    static Settings read(@Nullable Path profile, Map<String, String> environment) {
        var properties = new Properties();
        if (profile != null) {
            try (Reader reader = Files.newBufferedReader(profile)) {
                properties.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new UserError("The profile " + profile + " cannot be read: " + e);
            }
        }
        return new Settings(properties, environment);
    }

    /** The setting; null if it has no value. */
    @Nullable
    String find(String name) {
        return values.get(name);
    }

    /** What begins with {@code KAFKA_}, by the names of Kafka: {@code KAFKA_SECURITY_PROTOCOL} is {@code security.protocol}. */
    Map<String, String> kafka() {
        Map<String, String> kafka = new HashMap<>();
        values.forEach((name, value) -> {
            if (name.startsWith(KAFKA)) {
                kafka.put(
                        name.substring(KAFKA.length()).toLowerCase(Locale.ROOT).replace('_', '.'), value);
            }
        });
        return kafka;
    }
}
