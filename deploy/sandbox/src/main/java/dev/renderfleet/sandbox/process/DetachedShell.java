package dev.renderfleet.sandbox.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A shell script whose standard input is a pipe from this JVM. However the JVM ends, also by kill -9, the kernel closes the pipe; the
 * script then cleans up. Signals to the process group are for the JVM: the script ignores them and waits for its end.
 */
final class DetachedShell {
    private static final Path SETSID = Path.of("/usr/bin/setsid");

    private DetachedShell() {}

    /** Starts it; the name is for lists of processes. */
    static Process start(String name, String script, String... arguments) {
        var command = new ArrayList<String>();
        if (Files.isExecutable(SETSID)) {
            // A session of its own, so that a kill -9 of the whole process group does not take the shell with it.
            command.add(SETSID.toString());
        }
        command.addAll(List.of("/bin/sh", "-c", "trap '' INT TERM HUP\n" + script, name));
        command.addAll(List.of(arguments));
        try {
            return new ProcessBuilder(command)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the shell of " + name + " (/bin/sh)", e);
        }
    }
}
