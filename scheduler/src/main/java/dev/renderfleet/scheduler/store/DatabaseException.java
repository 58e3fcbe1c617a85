package dev.renderfleet.scheduler.store;

/** PostgreSQL does not answer, or refuses a statement. A transaction may have been committed if the connection broke at its end. */
public final class DatabaseException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DatabaseException(Throwable cause) {
        super(cause);
    }
}
