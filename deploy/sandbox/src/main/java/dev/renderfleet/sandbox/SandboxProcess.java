package dev.renderfleet.sandbox;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.sandbox.process.JavaProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A sandbox as a {@link JavaProcess}. {@link #start} returns when everything is up, or fails with the last lines the child
 * wrote. {@link #close} stops it.
 * The runnable jar is the one named by the system property {@value #JAR_PROPERTY}, or the one that the reactor built.
 */
public final class SandboxProcess implements AutoCloseable {
    public static final String JAR_PROPERTY = "renderfleet.sandbox.jar";

    /** Some 4 s on an idle machine; the first start of all also unpacks PostgreSQL. */
    private static final Duration START_MAX = Duration.ofMinutes(2);

    private static final Duration STOP_MAX = Duration.ofSeconds(20);
    private static final int LINES_KEPT = 40;
    private static final int PARENTS_SEARCHED = 5;
    private static final Path BUILT = Path.of("deploy/sandbox/target/sandbox/sandbox-runnable.jar");

    private final Process process;
    private final SandboxEndpoints endpoints;

    private SandboxProcess(Process process, SandboxEndpoints endpoints) {
        this.process = process;
        this.endpoints = endpoints;
    }

    /** Starts a sandbox with these options, such as {@code "--time-scale", "100"}. */
    public static SandboxProcess start(String... options) {
        return start(jar(), List.of(options));
    }

    public static SandboxProcess start(Path jar, List<String> options) {
        Process process = JavaProcess.quick(jar)
                .with(List.of("-Xmx1g"))
                .arguments(options)
                .start(_ -> {});
        var errors = new Tail();
        Thread.ofVirtual().start(() -> errors.follow(process.errorReader(StandardCharsets.UTF_8)));
        var ready = new CompletableFuture<Optional<String>>();
        Thread.ofVirtual().start(() -> readLine(process, ready));
        try {
            Optional<String> line = ready.get(START_MAX.toMillis(), TimeUnit.MILLISECONDS);
            if (line.isPresent()) {
                var endpoints = JsonMapper.builder().build().readValue(line.get(), SandboxEndpoints.class);
                return new SandboxProcess(process, endpoints);
            }
            boolean ended = process.waitFor(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS);
            throw new IllegalStateException("the sandbox did not start (exit code %s):\n%s"
                    .formatted(ended ? process.exitValue() : "none", errors.text()));
        } catch (TimeoutException _) {
            process.destroyForcibly();
            throw new IllegalStateException(
                    "the sandbox was not ready after %s:\n%s".formatted(START_MAX, errors.text()));
        } catch (ExecutionException | IOException e) {
            process.destroyForcibly();
            throw new IllegalStateException("the sandbox said something unexpected:\n" + errors.text(), e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the sandbox starts", e);
        }
    }

    public SandboxEndpoints endpoints() {
        return endpoints;
    }

    /** The control API of the whole; also there without any simulator. */
    public SandboxControl control() {
        return new SandboxControl(endpoints.control());
    }

    public SimulatorControl simulator(String name) {
        return new SimulatorControl(endpoints.simulator(name).control());
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Ends the sandbox at once, as a crash would. Its reaper cleans up behind it. */
    public void kill() {
        process.destroyForcibly();
        await();
    }

    @Override
    public void close() {
        process.destroy();
        if (!await()) {
            process.destroyForcibly();
        }
    }

    private boolean await() {
        try {
            return process.waitFor(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void readLine(Process process, CompletableFuture<Optional<String>> ready) {
        try {
            // Not closed: standard output stays open as long as the sandbox runs, and carries only this line.
            ready.complete(Optional.ofNullable(
                    process.inputReader(StandardCharsets.UTF_8).readLine()));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    /** The runnable jar: the one named by the property, else the one that the reactor built. Fails if there is none. */
    public static Path jar() {
        String named = System.getProperty(JAR_PROPERTY);
        if (named != null) {
            return Path.of(named);
        }
        Path folder = Path.of("").toAbsolutePath();
        for (int up = 0; up < PARENTS_SEARCHED && folder != null; up++) {
            Path built = folder.resolve(BUILT);
            if (Files.exists(built)) {
                return built;
            }
            folder = folder.getParent();
        }
        throw new IllegalStateException(
                "no sandbox jar: build it with ./mvnw -pl deploy/sandbox package, or set -D%s=..."
                        .formatted(JAR_PROPERTY));
    }

    /** The last lines of standard error, for the message when the start fails. */
    private static final class Tail {
        private final ArrayList<String> lines = new ArrayList<>();

        void follow(BufferedReader reader) {
            try (reader) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    add(line);
                }
            } catch (IOException _) {
                // The process has ended.
            }
        }

        private synchronized void add(String line) {
            if (lines.size() == LINES_KEPT) {
                lines.removeFirst();
            }
            lines.add(line);
        }

        synchronized String text() {
            return String.join("\n", lines);
        }
    }
}
