package dev.renderfleet.cli.scheduler;

import dev.renderfleet.cli.cluster.ProfileOptions;
import dev.renderfleet.cli.cluster.UserError;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

/** The options that name a scheduler, and the form of what is printed. */
final class SchedulerOptions extends ProfileOptions {

    private static final String VARIABLE = "RENDERFLEET_SCHEDULER_URL";
    private static final String LOOPBACK = "http://127.0.0.1:8081";

    @Option(
            names = "--scheduler",
            paramLabel = "URL",
            description = "The scheduler (" + VARIABLE + "). Default: " + LOOPBACK)
    private @Nullable String url;

    @Option(names = "--json", description = "Print the scheduler's answer as JSON.")
    private boolean json;

    /** A client of the scheduler that is named. Fails with a {@link UserError} if its address is none. */
    SchedulerClient client() {
        String named = url == null ? setting(VARIABLE) : url;
        String address = named == null ? LOOPBACK : named;
        URI uri = uri(address);
        if (uri == null
                || uri.getHost() == null
                || uri.getScheme() == null
                || !uri.getScheme().startsWith("http")) {
            throw new UserError(
                    "--scheduler or " + VARIABLE + " is no address such as " + LOOPBACK + ": " + address,
                    ExitCode.USAGE);
        }
        return new SchedulerClient(uri);
    }

    private static @Nullable URI uri(String address) {
        try {
            return URI.create(address);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    boolean json() {
        return json;
    }
}
