package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The scripts of {@code foreign}, in a virtual environment with the packages and versions of its {@code requirements.txt}. */
final class PythonEnvironment {

    private static final Path FOLDER = Path.of("target", "foreign-peers").toAbsolutePath();
    private static final Path SCRIPTS =
            Path.of("src", "test", "resources", "foreign").toAbsolutePath();
    private static final Duration INSTALLED_WITHIN = Duration.ofMinutes(10);
    private static final Duration DONE_WITHIN = Duration.ofMinutes(2);

    private PythonEnvironment() {}

    /** Installs the packages, once. Without {@code python3}, its {@code venv} or PyPI, skips the test and says so. */
    static PythonEnvironment install() throws IOException, InterruptedException {
        Path wanted = SCRIPTS.resolve("requirements.txt");
        Path installed = FOLDER.resolve("requirements.txt");
        if (!Files.exists(installed) || Files.mismatch(wanted, installed) >= 0) {
            EndedProgram venv;
            try {
                venv = EndedProgram.run(INSTALLED_WITHIN, List.of("python3", "-m", "venv", FOLDER.toString()));
            } catch (IOException e) {
                venv = new EndedProgram(1, String.valueOf(e.getMessage()));
            }
            skipIf(venv.code() != 0, "python3 with venv", venv);
            String pip = FOLDER.resolve("bin/pip").toString();
            EndedProgram packages =
                    EndedProgram.run(INSTALLED_WITHIN, List.of(pip, "install", "--quiet", "-r", wanted.toString()));
            skipIf(packages.code() != 0 && packages.printed().contains("Retrying ("), "PyPI", packages);
            assertThat(packages.code()).as(packages.printed()).isZero();
            Files.copy(wanted, installed, StandardCopyOption.REPLACE_EXISTING);
        }
        return new PythonEnvironment();
    }

    private static void skipIf(boolean missing, String what, EndedProgram why) {
        if (missing) {
            EndedProgram.skip("no foreign client was tried: %s is missing. %s".formatted(what, why.printed()));
        }
    }

    /** A script that is left running, with its output in a file. */
    Process start(String script, String... arguments) throws IOException {
        return new ProcessBuilder(command(script, arguments))
                .redirectErrorStream(true)
                .redirectOutput(FOLDER.resolve(script + ".log").toFile())
                .start();
    }

    /** What a script prints. Fails with that if it does not end well and in time. */
    String printed(String script, String... arguments) throws IOException, InterruptedException {
        EndedProgram ended = EndedProgram.run(DONE_WITHIN, command(script, arguments));
        assertThat(ended.code()).as(ended.printed()).isZero();
        return ended.printed();
    }

    /** Runs a program that the packages bring, in the folder of the environment. */
    EndedProgram run(Duration atMost, String program, String... arguments) throws IOException, InterruptedException {
        var command =
                new ArrayList<>(List.of(FOLDER.resolve("bin").resolve(program).toString()));
        command.addAll(List.of(arguments));
        return EndedProgram.run(atMost, FOLDER, command);
    }

    /** A file beside the scripts. */
    static String text(String file) throws IOException {
        return Files.readString(SCRIPTS.resolve(file));
    }

    private static List<String> command(String script, String... arguments) {
        var command = new ArrayList<>(List.of(
                FOLDER.resolve("bin/python").toString(),
                // No compiled files beside the sources.
                "-B",
                SCRIPTS.resolve(script).toString()));
        command.addAll(List.of(arguments));
        return command;
    }
}
