package dev.renderfleet.sandbox.process;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends the children of this JVM when it ends, also by kill -9: a shell whose standard input is a pipe from this JVM, over which it
 * learns their process ids. When the kernel closes the pipe, it asks them to stop and, ten seconds later, kills them. Safe for use
 * by many threads.
 */
final class ParentWatch {
    /** The one of this JVM. Its shell starts with the first child. */
    static final ParentWatch JVM = new ParentWatch();

    /** Signals to the process group are for the JVM; the shell waits for its end. */
    private static final String SCRIPT = """
            trap '' INT TERM HUP
            children=
            while read -r verb pid; do
              rest=
              for child in $children; do [ "$child" = "$pid" ] || rest="$rest $child"; done
              children=$rest
              [ "$verb" = add ] && children="$pid $children"
            done
            for child in $children; do kill -TERM "$child" 2>/dev/null; done
            tries=0
            while [ $tries -lt 100 ]; do
              alive=
              for child in $children; do kill -0 "$child" 2>/dev/null && alive=yes; done
              [ -z "$alive" ] && exit 0
              sleep 0.1
              tries=$((tries+1))
            done
            for child in $children; do kill -KILL "$child" 2>/dev/null; done
            """;

    private static final Path SETSID = Path.of("/usr/bin/setsid");

    private @Nullable OutputStream pipe;

    private ParentWatch() {}

    /** From now on this child ends with this JVM. */
    void add(Process child) {
        tell("add", child.pid());
        // Its id may be given to another process once it has ended.
        var _ = child.onExit().thenRun(() -> remove(child.pid()));
    }

    void remove(long pid) {
        tell("remove", pid);
    }

    private synchronized void tell(String verb, long pid) {
        if (pipe == null) {
            pipe = shell().getOutputStream();
        }
        try {
            pipe.write((verb + " " + pid + "\n").getBytes(StandardCharsets.US_ASCII));
            pipe.flush();
        } catch (IOException _) {
            // Somebody has killed the shell: children then end as they are told to, and not with this JVM.
        }
    }

    private static Process shell() {
        var command = new ArrayList<String>();
        if (Files.isExecutable(SETSID)) {
            // A session of its own, so that a kill -9 of the whole process group does not take the shell with it.
            command.add(SETSID.toString());
        }
        command.addAll(List.of("/bin/sh", "-c", SCRIPT, "renderfleet-parent-watch"));
        try {
            return new ProcessBuilder(command)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the shell that ends child processes (/bin/sh)", e);
        }
    }
}
