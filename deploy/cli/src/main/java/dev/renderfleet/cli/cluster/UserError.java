package dev.renderfleet.cli.cluster;

/** An error that the user can fix; the message names cause and remedy. Printed without a stack trace. */
public final class UserError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserError(String message) {
        super(message);
    }
}
