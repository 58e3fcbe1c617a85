package dev.renderfleet.sandbox.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Cleans up when this process cannot: a shell whose standard input is a pipe from this JVM. However the JVM ends, also by
 * kill -9, the kernel closes the pipe; the shell then stops the PostgreSQL whose pid file is in the data folder and removes
 * the folder if it is a temporary one. It holds no state: PostgreSQL may start and stop at any time.
 */
public final class Reaper implements AutoCloseable {
    /** $1 = the data folder, $2 = remove|keep. Signals to the process group are for the JVM, the reaper waits for its end. */
    private static final String SCRIPT = """
            trap '' INT TERM HUP
            cat >/dev/null
            pidfile="$1/postgres/postmaster.pid"
            if [ -f "$pidfile" ]; then
              pid=$(head -n 1 "$pidfile")
              kill -QUIT "$pid" 2>/dev/null
              tries=0
              while kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries+1)); done
              kill -KILL "$pid" 2>/dev/null
            fi
            [ "$2" = remove ] && rm -rf "$1"
            exit 0
            """;

    private static final Path SETSID = Path.of("/usr/bin/setsid");

    private final Process shell;

    private Reaper(Process shell) {
        this.shell = shell;
    }

    public static Reaper over(DataFolder data) {
        var command = new ArrayList<String>();
        if (Files.isExecutable(SETSID)) {
            // A session of its own, so that a kill -9 of the whole process group does not take the reaper with it.
            command.add(SETSID.toString());
        }
        command.addAll(List.of(
                "/bin/sh",
                "-c",
                SCRIPT,
                "renderfleet-reaper",
                data.path().toString(),
                data.temporary() ? "remove" : "keep"));
        try {
            return new Reaper(new ProcessBuilder(command)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the reaper (/bin/sh)", e);
        }
    }

    /** Lets the reaper do its work, which is nothing after a clean stop. */
    @Override
    public void close() {
        try {
            shell.getOutputStream().close();
        } catch (IOException _) {
            // The shell has ended already.
        }
    }
}
