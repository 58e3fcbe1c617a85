package dev.renderfleet.testbed.chaos;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.sandbox.SandboxEndpoints;
import dev.renderfleet.testbed.system.FleetSystem;
import dev.renderfleet.testbed.system.FleetSystem.RunningSandbox;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;

/**
 * A sandbox of one service that can be killed and restarted at the same address with the same data. Its faults come from one thread; the
 * count may be read by any.
 */
final class RestartableSandbox {

    private static final Duration STOPS_WITHIN = Duration.ofSeconds(30);
    /** After a kill PostgreSQL ends within seconds, and its port is free then. */
    private static final int STARTS_MAX = 20;

    private static final Duration START_RETRY = Duration.ofMillis(500);

    private final FleetSystem system;
    private final String name;
    private final List<String> options;
    private final String portOption;
    private final int port;
    private volatile RunningSandbox running;
    private final AtomicInteger restarts = new AtomicInteger();

    private RestartableSandbox(
            FleetSystem system,
            String name,
            List<String> options,
            String portOption,
            ToIntFunction<SandboxEndpoints> port) {
        this.system = system;
        this.name = name;
        this.options = options;
        this.portOption = portOption;
        this.running = system.startSandbox(name, options);
        this.port = port.applyAsInt(running.endpoints());
    }

    /** Starts a broker. */
    static RestartableSandbox broker(FleetSystem system, Path data) {
        List<String> options = List.of(
                "--without",
                "postgres,s3,simulators",
                "--data",
                data.resolve("broker").toString());
        return new RestartableSandbox(system, "broker", options, "--kafka-port", endpoints -> {
            String address = endpoints.bootstrapServers();
            return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        });
    }

    /** Starts PostgreSQL. */
    static RestartableSandbox database(FleetSystem system, Path data) {
        // What it has committed outlives a kill.
        List<String> options = List.of(
                "--without",
                "kafka,s3,simulators",
                "--durable",
                "--data",
                data.resolve("database").toString());
        return new RestartableSandbox(
                system,
                "PostgreSQL",
                options,
                "--postgres-port",
                endpoints -> URI.create(endpoints.database().jdbcUrl().substring("jdbc:".length()))
                        .getPort());
    }

    String name() {
        return name;
    }

    /** Kills it, like {@code kill -9}; PostgreSQL has no time for a checkpoint. */
    void kill() {
        running.part().kill();
    }

    /** Stops it in an orderly way. */
    void stop() {
        running.part().stop(STOPS_WITHIN);
    }

    /** Starts it again and blocks until it is ready. */
    void restart() {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of(portOption, Integer.toString(port)));
        for (int tries = 1; ; tries++) {
            try {
                running = system.startSandbox(name, all);
                restarts.incrementAndGet();
                return;
            } catch (UserError e) {
                if (tries == STARTS_MAX) {
                    throw e;
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(START_RETRY.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    int restarts() {
        return restarts.get();
    }
}
