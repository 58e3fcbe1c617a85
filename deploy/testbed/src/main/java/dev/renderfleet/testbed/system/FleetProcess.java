package dev.renderfleet.testbed.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process of the fleet: sandbox, worker or scheduler.
 *
 * @param started start time by the operating system; with the id it identifies the process
 */
public record FleetProcess(String name, long pid, Instant started, Path log) {

    private static final int LOG_LINES_SHOWN = 15;

    static FleetProcess of(String name, Process process, Path log) {
        return new FleetProcess(name, process.pid(), startOf(process.toHandle()), log);
    }

    static Instant startOf(ProcessHandle handle) {
        return handle.info().startInstant().orElse(Instant.EPOCH);
    }

    /** Whether this process still runs. */
    public boolean alive() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(handle -> startOf(handle).equals(started))
                .isPresent();
    }

    /** Kills it, like {@code kill -9}, and waits until it has ended. */
    public void kill() {
        if (alive()) {
            ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
            handle.destroyForcibly();
            handle.onExit().join();
        }
    }

    /** Suspends it (SIGSTOP) until {@link #resume()}. */
    public void pause() {
        signal("STOP");
    }

    /** Resumes it (SIGCONT). */
    public void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        if (!alive()) {
            return;
        }
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot signal " + this.name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops it (SIGTERM), and kills it after the grace period. */
    public void stop(Duration grace) {
        if (!alive()) {
            return;
        }
        // A suspended process does not handle signals.
        resume();
        ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
        handle.destroy();
        try {
            handle.onExit().get(grace.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            handle.destroyForcibly();
        } catch (ExecutionException | TimeoutException e) {
            kill();
        }
    }

    /** The last lines of its log, for an error message. */
    public String lastWords() {
        try {
            List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()));
        } catch (IOException e) {
            return "(no log at " + log + ")";
        }
    }
}
