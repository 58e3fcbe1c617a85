package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.event.FailureCode;

/** What came of fetching one reference's bytes. */
sealed interface Arrival {

    /** The file is whole. */
    record Arrived(long bytes) implements Arrival {}

    /** There is more than was allowed; reading was stopped. */
    record TooLarge() implements Arrival {}

    /** Nothing came. The message names neither the address's path nor its query: they may carry a signature. */
    record Turned(FailureCode code, String message) implements Arrival {}

    static Arrival forbidden(String message) {
        return new Turned(FailureCode.REFERENCE_FORBIDDEN, message);
    }

    static Arrival unavailable(String message) {
        return new Turned(FailureCode.REFERENCE_UNAVAILABLE, message);
    }
}
