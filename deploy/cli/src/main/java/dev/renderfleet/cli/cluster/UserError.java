package dev.renderfleet.cli.cluster;

/** An error that the user can mend; the message says what happened and what helps. Printed without a stack trace. */
public final class UserError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserError(String message) {
        super(message);
    }
}
