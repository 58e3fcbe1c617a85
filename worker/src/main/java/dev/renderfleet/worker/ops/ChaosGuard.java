package dev.renderfleet.worker.ops;

import java.net.URI;
import java.util.Arrays;
import java.util.Set;

/** Allows the settings of the tests against a sandbox only, where nothing can be lost or paid. */
public final class ChaosGuard {

    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");

    private ChaosGuard() {}

    /** Throws unless Kafka, S3 and each provider with a key or project are on this machine: a sandbox. */
    public static void requireSandbox(WorkerSettings config, String kafkaServers) {
        boolean kafkaIsNear = Arrays.stream(kafkaServers.split(","))
                .map(String::strip)
                .allMatch(server -> LOOPBACK.contains(server.substring(0, Math.max(0, server.lastIndexOf(':')))));
        boolean providersAreNear = config.providers().entrySet().stream()
                .filter(provider -> provider.getValue().apiKey().isPresent()
                        || provider.getValue().project().isPresent()
                        // A server of one's own needs no key.
                        || (!Providers.KEY_VARIABLES.containsKey(provider.getKey())
                                && provider.getValue().baseUrl().isPresent()))
                .allMatch(provider -> provider.getValue()
                        .baseUrl()
                        .filter(ChaosGuard::isLoopback)
                        .isPresent());
        if (!kafkaIsNear || !providersAreNear || !isLoopback(config.s3().endpoint())) {
            throw new IllegalArgumentException(
                    "renderfleet.chaos.* makes a worker misbehave and is refused unless Kafka, S3 and"
                            + " all providers are on 127.0.0.1; remove these settings");
        }
    }

    private static boolean isLoopback(URI address) {
        return address.getHost() != null && LOOPBACK.contains(address.getHost());
    }
}
