package dev.renderfleet.sandbox.process;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Ends the children of this JVM when it ends, also by kill -9: a {@link DetachedShell} reads their process ids. When this JVM
 * has ended, the shell asks them to stop and, ten seconds later, kills them. Safe for use by many threads.
 */
final class ParentWatch {
    /** The one of this JVM. Its shell starts with the first child. */
    static final ParentWatch JVM = new ParentWatch();

    private static final String SCRIPT = """
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
            pipe = DetachedShell.start("renderfleet-parent-watch", SCRIPT).getOutputStream();
        }
        try {
            pipe.write((verb + " " + pid + "\n").getBytes(StandardCharsets.US_ASCII));
            pipe.flush();
        } catch (IOException _) {
            // The shell was killed: children then outlive this JVM unless they are stopped.
        }
    }
}
