package dev.renderfleet.worker.ops;

import java.net.URI;
import java.util.Arrays;
import java.util.Set;

/** Keeps the fault harness's settings out of any place where something could be lost or paid. */
final class ChaosGuard {

    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");

    private ChaosGuard() {}

    /** Refuses unless Kafka, the store and each provider with a key are on this machine: a sandbox. */
    static void refuseOutsideOfSandboxes(FleetConfig config, String kafkaServers) {
        boolean kafkaIsNear = Arrays.stream(kafkaServers.split(","))
                .allMatch(server -> isLoopback(URI.create("kafka://" + server.strip())));
        boolean providersAreNear = config.providers().values().stream()
                .filter(provider -> provider.apiKey().isPresent())
                .allMatch(provider ->
                        provider.baseUrl().filter(ChaosGuard::isLoopback).isPresent());
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
