package dev.renderfleet.testbed.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.renderfleet.testbed.system.Paths;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import picocli.CommandLine;

/** Runs the command in this process; its parts are processes of their own. */
final class ChaosHarness {

    private ChaosHarness() {}

    /** What came of it. */
    record Result(int exit, String out, String err) {

        /** The last line, with which {@code --json} ends. */
        JsonNode json() {
            try {
                return new ObjectMapper()
                        .readTree(out.lines().reduce((_, line) -> line).orElse(""));
            } catch (IOException e) {
                throw new AssertionError("the last line is no JSON: " + all(), e);
            }
        }

        /** For the message of an assertion that fails. */
        String all() {
            return err + out;
        }
    }

    /** What the broker of a run has left. */
    static Path brokerData(String name) {
        return paths(name).state().resolve("chaos").resolve("broker");
    }

    static Result run(String name, String... options) {
        var out = new StringWriter();
        var err = new StringWriter();
        int exit = new CommandLine(new ChaosCommand(paths(name)))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(options);
        return new Result(exit, out.toString(), err.toString());
    }

    private static Paths paths(String name) {
        return new Paths(Path.of("..", ".."), Path.of("target", "it", name));
    }
}
