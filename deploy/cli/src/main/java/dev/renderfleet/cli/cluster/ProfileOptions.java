package dev.renderfleet.cli.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that names the profile, of all commands. */
public abstract class ProfileOptions {

    private static final String PROFILE = "RENDERFLEET_PROFILE";

    private final Map<String, String> environment;
    private final Path home;

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description = "File of NAME=value lines that say where Kafka, the bucket and the scheduler are (" + PROFILE
                    + "). Default: ~/.config/renderfleet/profile.properties, if it exists")
    private @Nullable Path profile;

    protected ProfileOptions() {
        this(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    protected ProfileOptions(Map<String, String> environment, Path home) {
        this.environment = environment;
        this.home = home;
    }

    /** A setting of the environment, else of the profile; null if it has no value. */
    protected final @Nullable String setting(String name) {
        return settings().find(name);
    }

    /** The settings that no option names. */
    final Settings settings() {
        return Settings.read(profileFile(), environment);
    }

    private @Nullable Path profileFile() {
        if (profile != null) {
            return profile;
        }
        String named = environment.get(PROFILE);
        if (named != null && !named.isBlank()) {
            return Path.of(named);
        }
        Path usual = home.resolve(".config/renderfleet/profile.properties");
        return Files.exists(usual) ? usual : null;
    }
}
