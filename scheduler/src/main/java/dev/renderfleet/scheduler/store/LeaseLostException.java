package dev.renderfleet.scheduler.store;

/** Another process leads, or moved what this one thought to be its own. The transaction was rolled back; the leader must step down. */
public final class LeaseLostException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    LeaseLostException(String message) {
        super(message);
    }
}
