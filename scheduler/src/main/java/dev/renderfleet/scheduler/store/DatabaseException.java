package dev.renderfleet.scheduler.store;

import java.sql.SQLException;
import java.util.Set;

/** PostgreSQL does not answer, or refuses a statement. A transaction may have been committed if the connection broke at its end. */
public final class DatabaseException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Connections, resources, operators, locks: what may be another way at the next try. */
    private static final Set<String> PASSING_CLASSES = Set.of("08", "25", "40", "53", "55", "57", "58");

    DatabaseException(Throwable cause) {
        super(cause);
    }

    /** What PostgreSQL, its driver or the pool says. */
    public String reason() {
        return String.valueOf(innermost().getMessage());
    }

    /** Whether the same request may succeed later; if not, it breaks a rule of the schema or of SQL. */
    public boolean isPassing() {
        String state = innermost() instanceof SQLException fault ? fault.getSQLState() : null;
        return state == null || PASSING_CLASSES.contains(state.substring(0, 2));
    }

    private Throwable innermost() {
        Throwable cause = this;
        while (cause.getCause() != null && !(cause instanceof SQLException)) {
            cause = cause.getCause();
        }
        return cause;
    }
}
