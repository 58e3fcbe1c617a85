package dev.renderfleet.testbed;

import dev.renderfleet.sandbox.process.JavaProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A packaged command as a process of its own, as {@code ./fleet} starts it: without a terminal, with its output in files. */
final class CommandRun {

    private static final Path REPOSITORY = Path.of("..", "..").toAbsolutePath().normalize();
    private static final Set<String> CLI_COMMANDS = Set.of("publish", "events", "audit", "queue");
    private static final Duration ENDS_WITHIN = Duration.ofMinutes(2);

    private final Process process;
    private final Path out;
    private final Path err;
    private final Set<ProcessHandle> seen = ConcurrentHashMap.newKeySet();

    private CommandRun(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    static CommandRun start(Path state, Map<String, String> environment, String... arguments) {
        try {
            Path folder = Files.createDirectories(state.resolveSibling(state.getFileName() + "-output"));
            Path out = Files.createTempFile(folder, arguments[0], ".out");
            Path err = Files.createTempFile(folder, arguments[0], ".err");
            String jar = CLI_COMMANDS.contains(arguments[0])
                    ? "deploy/cli/target/cli/cli.jar"
                    : "deploy/testbed/target/testbed/testbed.jar";
            Path profile = state.toAbsolutePath().resolve("profile.properties");
            Process process = JavaProcess.quick(REPOSITORY.resolve(jar))
                    .with(List.of("-Dfleet.state=" + state.toAbsolutePath()))
                    .arguments(List.of(arguments))
                    .start(child -> {
                        child.directory(REPOSITORY.toFile())
                                .redirectInput(Path.of("/dev/null").toFile())
                                .redirectOutput(out.toFile())
                                .redirectError(err.toFile());
                        List.of("GEMINI_API_KEY", "OPENAI_API_KEY", "BFL_API_KEY", "DASHSCOPE_API_KEY")
                                .forEach(child.environment()::remove);
                        if (Files.exists(profile)) {
                            child.environment().put("RENDERFLEET_PROFILE", profile.toString());
                        }
                        child.environment().putAll(environment);
                    });
            return new CommandRun(process, out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command to its end. */
    static CommandRun run(Path state, String... arguments) {
        return start(state, Map.of(), arguments).awaitEnd();
    }

    CommandRun awaitEnd() {
        Awaitility.await("end of the command")
                .atMost(ENDS_WITHIN)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    look();
                    return !process.isAlive();
                });
        return this;
    }

    /** Remembers the processes that it has started so far, and those that they have. */
    void look() {
        process.toHandle().descendants().forEach(seen::add);
    }

    /** Those of them that still run. */
    List<ProcessHandle> left() {
        return seen.stream().filter(ProcessHandle::isAlive).toList();
    }

    /** As {@code kill -9} would. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(ENDS_WITHIN.toSeconds(), TimeUnit.SECONDS);
    }

    int exitCode() {
        return process.exitValue();
    }

    String out() {
        return text(out);
    }

    String err() {
        return text(err);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
