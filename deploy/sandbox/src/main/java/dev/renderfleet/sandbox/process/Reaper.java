package dev.renderfleet.sandbox.process;

import java.io.IOException;

/**
 * Cleans up when this process cannot: a {@link DetachedShell} that stops the PostgreSQL whose pid file is in the data folder and
 * removes the folder if it is a temporary one. It holds no state: PostgreSQL may start and stop at any time.
 */
public final class Reaper implements AutoCloseable {
    /** $1 = the data folder, $2 = remove|keep. */
    private static final String SCRIPT = """
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

    private final Process shell;

    private Reaper(Process shell) {
        this.shell = shell;
    }

    public static Reaper over(DataFolder data) {
        return new Reaper(DetachedShell.start(
                "renderfleet-reaper", SCRIPT, data.path().toString(), data.temporary() ? "remove" : "keep"));
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
