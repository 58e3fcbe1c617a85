package dev.renderfleet.testbed.system;

/** Something went wrong that a person can mend; the message says what happened and what helps. */
public final class FleetTrouble extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public FleetTrouble(String message) {
        super(message);
    }
}
