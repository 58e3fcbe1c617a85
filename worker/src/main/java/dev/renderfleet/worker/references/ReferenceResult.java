package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.event.FailureCode;

/** What came of fetching one reference's bytes. */
sealed interface ReferenceResult {

    /** The file is whole. */
    record Fetched(long bytes) implements ReferenceResult {}

    /** There is more than was allowed; reading was stopped. */
    record TooLarge() implements ReferenceResult {}

    /** Nothing came. The message names neither the address's path nor its query: they may carry a signature. */
    record Turned(FailureCode code, String message) implements ReferenceResult {}

    static ReferenceResult forbidden(String message) {
        return new Turned(FailureCode.REFERENCE_FORBIDDEN, message);
    }

    static ReferenceResult unavailable(String message) {
        return new Turned(FailureCode.REFERENCE_UNAVAILABLE, message);
    }
}
