package dev.renderfleet.testbed.system;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.sandbox.SandboxEndpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state of the fleet on this machine, in a file from start to stop, so that another start and {@code stop} find it, also after a
 * crash. A profile beside it names, for the command line and a worker in dev mode, Kafka, the bucket and
 * the simulator are.
 *
 * @param command process of the command that started the fleet
 * @param kept whether the fleet outlives that command
 */
public record FleetState(
        FleetProcess command,
        boolean kept,
        List<FleetProcess> parts,
        @Nullable SandboxEndpoints endpoints) {

    /** Longer than a worker's drain grace period, since renders in progress are paid. Idle processes end at once. */
    private static final Duration STOP_GRACE = Duration.ofMinutes(11);

    private static final ObjectMapper JSON =
            new ObjectMapper().registerModule(new JavaTimeModule()).enable(SerializationFeature.INDENT_OUTPUT);

    public FleetState {
        parts = List.copyOf(parts);
    }

    /** A new fleet, started by this process. */
    static FleetState byThisProcess(boolean kept) {
        ProcessHandle self = ProcessHandle.current();
        return new FleetState(
                new FleetProcess("fleet", self.pid(), FleetProcess.startOf(self), Path.of("/dev/null")),
                kept,
                List.of(),
                null);
    }

    /** Reads the file; null if there is none or it is unreadable. */
    public static @Nullable FleetState find(Paths paths) {
        Path file = paths.runningFile();
        if (!Files.exists(file)) {
            return null;
        }
        try {
            return JSON.readValue(file.toFile(), FleetState.class);
        } catch (IOException e) {
            return null;
        }
    }

    /** The endpoints of a fleet that runs. Fails with a {@link UserError} if none does. */
    public static SandboxEndpoints endpointsOfRunning(Paths paths) {
        FleetState fleet = find(paths);
        if (fleet == null || fleet.endpoints() == null || !fleet.anyAlive()) {
            throw new UserError("No fleet is running here. Start one with: ./fleet demo --keep");
        }
        return fleet.endpoints();
    }

    /**
     * Prepares a new start: fails if a fleet is in use, stops leftover processes of a crashed one.
     *
     * @param leftovers receives the processes that are about to be stopped, which may take as long as a render
     */
    static void makeRoom(Paths paths, Consumer<List<FleetProcess>> leftovers) {
        FleetState fleet = find(paths);
        if (fleet == null) {
            return;
        }
        if (fleet.command().alive() || (fleet.kept() && fleet.anyAlive())) {
            throw new UserError("A fleet is already running here (process "
                    + fleet.command().pid()
                    + "). Use it with ./fleet publish and ./fleet events, or end it with: ./fleet stop");
        }
        List<FleetProcess> alive =
                fleet.parts().reversed().stream().filter(FleetProcess::alive).toList();
        if (!alive.isEmpty()) {
            leftovers.accept(alive);
        }
        fleet.stop(paths);
    }

    /** Stops all processes, the last started first, and deletes the files. Returns the processes that were alive. */
    public List<FleetProcess> stop(Paths paths) {
        List<FleetProcess> ended =
                parts.reversed().stream().filter(FleetProcess::alive).toList();
        ended.forEach(part -> part.stop(STOP_GRACE));
        try {
            Files.deleteIfExists(paths.runningFile());
            Files.deleteIfExists(paths.profile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ended;
    }

    boolean anyAlive() {
        return parts.stream().anyMatch(FleetProcess::alive);
    }

    FleetState plus(FleetProcess part, Paths paths) {
        var more = new ArrayList<>(parts);
        more.add(part);
        return new FleetState(command, kept, more, endpoints).saved(paths);
    }

    FleetState at(SandboxEndpoints where, Paths paths) {
        return new FleetState(command, kept, parts, where).saved(paths);
    }

    private FleetState saved(Paths paths) {
        try {
            Files.createDirectories(paths.state());
            Files.writeString(paths.runningFile(), JSON.writeValueAsString(this));
            if (endpoints != null && endpoints.kafka() != null && endpoints.s3() != null) {
                List<String> lines = new ArrayList<>();
                Map<String, String> settings = new TreeMap<>(FleetSystem.workerEnvironment(endpoints));
                settings.putAll(
                        FleetSystem.simulated(endpoints, endpoints.simulators().keySet(), paths));
                settings.forEach((name, value) -> lines.add(name + "=" + value));
                Files.write(paths.profile(), lines);
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
