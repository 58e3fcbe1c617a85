package dev.renderfleet.worker.ops;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.EnvConfigSource;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * In dev mode only: the addresses and keys of the sandbox that {@code ./fleet demo --keep} has left running in this checkout. Throws
 * where none runs and the bucket is not set otherwise.
 */
public final class RunningFleet implements ConfigSourceFactory {

    /** Above application.properties, so that the simulator is called; below environment variables. */
    private static final int ORDINAL = 275;

    private static final Path PROFILE = Path.of(".fleet", "profile.properties");

    private final Path from;

    public RunningFleet() {
        this(Path.of("").toAbsolutePath());
    }

    /** @param from looks there and in the folders above */
    RunningFleet(Path from) {
        this.from = from;
    }

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        if (!context.getProfiles().contains("dev")) {
            return List.of();
        }
        ConfigValue bucket = context.getValue("renderfleet.s3.endpoint");
        boolean elsewhere = bucket != null && bucket.getValue() != null;
        return Stream.iterate(from, folder -> folder != null, Path::getParent)
                .map(folder -> folder.resolve(PROFILE))
                .filter(Files::exists)
                .findFirst()
                .map(profile -> List.<ConfigSource>of(new EnvConfigSource(read(profile), ORDINAL)))
                .orElseGet(() -> {
                    if (elsewhere) {
                        return List.of();
                    }
                    throw new IllegalStateException(
                            "no sandbox runs in this checkout: start one with ./fleet demo --keep, or set KAFKA_BOOTSTRAP_SERVERS"
                                    + " and RENDERFLEET_S3_*");
                });
    }

    private static Map<String, String> read(Path profile) {
        var properties = new Properties();
        try (Reader text = Files.newBufferedReader(profile)) {
            properties.load(text);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + profile, e);
        }
        Map<String, String> variables = new HashMap<>();
        properties.forEach((name, value) -> variables.put(name.toString(), value.toString()));
        return variables;
    }
}
