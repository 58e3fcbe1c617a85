package dev.renderfleet.testbed.system;

import dev.renderfleet.cli.cluster.UserError;
import dev.renderfleet.sandbox.process.JavaProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A running program of another make than ours, which ends with this JVM. Safe for use by several threads. */
public final class ForeignProgram implements AutoCloseable {

    private static final Duration STOP_GRACE = Duration.ofSeconds(20);

    private final Process process;

    private ForeignProgram(Process process) {
        this.process = process;
    }

    /**
     * Starts it.
     *
     * @param folder in which it runs
     * @param log what it prints is added there, but for its standard output where that is read by {@link #eachLine}
     */
    public static ForeignProgram start(List<String> command, Map<String, String> environment, Path folder, Path log) {
        return start(command, environment, folder, log, Redirect.appendTo(log.toFile()));
    }

    /** The same; its standard output is for {@link #eachLine}. */
    public static ForeignProgram talking(List<String> command, Map<String, String> environment, Path folder, Path log) {
        return start(command, environment, folder, log, Redirect.PIPE);
    }

    private static ForeignProgram start(
            List<String> command, Map<String, String> environment, Path folder, Path log, Redirect output) {
        try {
            Files.createDirectories(folder);
            Files.createDirectories(log.toAbsolutePath().getParent());
            var builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectError(Redirect.appendTo(log.toFile()))
                    .redirectOutput(output);
            builder.environment().putAll(environment);
            Process process = builder.start();
            JavaProcess.adopt(process);
            return new ForeignProgram(process);
        } catch (IOException e) {
            throw new UserError(command.getFirst() + " cannot be started: " + e.getMessage());
        }
    }

    /** Runs a program to its end. Fails with a {@link UserError} that says {@code why} if that is not a good one, and in time. */
    public static void run(List<String> command, Path folder, Path log, Duration max, String why) {
        try (ForeignProgram program = start(command, Map.of(), folder, log)) {
            if (!program.process.waitFor(max.toMillis(), TimeUnit.MILLISECONDS) || program.process.exitValue() != 0) {
                throw new UserError(why + " (its output: " + log + ")");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserError(why + " (interrupted)");
        }
    }

    /** Hands each line of its standard output over, by the calling thread, until it has ended. */
    public void eachLine(Consumer<String> line) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String next = lines.readLine(); next != null; next = lines.readLine()) {
                line.accept(next);
            }
        } catch (IOException e) {
            // It was killed.
        }
    }

    /** Writes lines to its standard input. */
    public synchronized void tell(List<String> lines) {
        try {
            var in = process.outputWriter(StandardCharsets.UTF_8);
            for (String line : lines) {
                in.write(line);
                in.write('\n');
            }
            in.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the program has ended", e);
        }
    }

    public long pid() {
        return process.pid();
    }

    /** Ends it and its children as {@code kill -9} does. */
    public void kill() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly().onExit().join();
        children.forEach(ProcessHandle::destroyForcibly);
    }

    /** Asks it to end, and kills it when it has not after 20 s. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (process.waitFor(STOP_GRACE.toSeconds(), TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        kill();
    }
}
