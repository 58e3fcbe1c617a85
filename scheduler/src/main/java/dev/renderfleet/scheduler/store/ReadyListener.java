package dev.renderfleet.scheduler.store;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Hears of new jobs as soon as they are committed, on a connection of its own. For one thread; after a fault a new one begins, and its
 * owner reads everything again.
 */
public final class ReadyListener implements AutoCloseable {

    private static final String CHANNEL = "renderfleet_ready";

    private final Handle handle;
    private final PGConnection connection;

    public ReadyListener(Database database) {
        handle = database.open();
        try {
            handle.execute("LISTEN " + CHANNEL);
            connection = handle.getConnection().unwrap(PGConnection.class);
        } catch (SQLException e) {
            handle.close();
            throw new IllegalStateException("not a connection of PostgreSQL", e);
        }
    }

    /** Wakes the leader once the transaction is committed. The text is a list of flows with their first new jobs; empty: of any flow. */
    static void wake(Handle handle, String text) {
        handle.createQuery("SELECT pg_notify(:channel, :text)")
                .bind("channel", CHANNEL)
                .bind("text", text)
                .map((_, _) -> true)
                .list();
    }

    /**
     * Waits until jobs arrive, at most for this time.
     *
     * @return the first new job by flow; null: of any flow
     */
    public @Nullable Map<Long, Long> await(Duration timeout) {
        try {
            PGNotification[] all = timeout.isZero()
                    ? connection.getNotifications()
                    : connection.getNotifications(Math.toIntExact(timeout.toMillis()));
            Map<Long, Long> first = new HashMap<>();
            for (PGNotification each : all == null ? new PGNotification[0] : all) {
                if (each.getParameter().isEmpty()) {
                    return null;
                }
                for (String flow : each.getParameter().split(",", -1)) {
                    String[] parts = flow.split(":", -1);
                    first.merge(Long.valueOf(parts[0]), Long.valueOf(parts[1]), Math::min);
                }
            }
            return first;
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL does not answer", e);
        }
    }

    @Override
    public void close() {
        try (handle) {
            handle.execute("UNLISTEN *");
        }
    }
}
