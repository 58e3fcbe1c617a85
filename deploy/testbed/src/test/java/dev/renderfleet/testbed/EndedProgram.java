package dev.renderfleet.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A program of this machine that has ended.
 *
 * @param printed on standard output and standard error
 */
public record EndedProgram(int code, String printed) {

    /** Runs it to its end, and fails if that does not come in time. */
    public static EndedProgram run(Duration within, List<String> command) throws IOException, InterruptedException {
        return run(within, Path.of(""), command);
    }

    /** The same in that folder. */
    static EndedProgram run(Duration within, Path folder, List<String> command)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile("program", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toAbsolutePath().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            boolean ended = process.waitFor(within.toSeconds(), TimeUnit.SECONDS);
            process.destroyForcibly().waitFor();
            String printed = Files.readString(out);
            assertThat(ended).as("%s ended in time: %s", command, printed).isTrue();
            return new EndedProgram(process.exitValue(), printed);
        } finally {
            Files.delete(out);
        }
    }

    /** Skips the test, and says so where it is seen. */
    public static void skip(String why) {
        String message = "SKIPPED, " + why;
        System.err.println(message);
        Assumptions.abort(message);
    }
}
