package dev.renderfleet.cli.cluster;

/** An error that the user can fix; the message names cause and remedy. Printed without a stack trace. */
public final class UserError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public UserError(String message) {
        this(message, 0);
    }

    /** @param exitCode 0: the one that the command names for errors */
    public UserError(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /** The exit code; 0: the one that the command names for errors. */
    public int exitCode() {
        return exitCode;
    }
}
