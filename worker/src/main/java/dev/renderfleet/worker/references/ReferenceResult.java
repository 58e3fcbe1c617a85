package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.event.FailureCode;

/** Result of fetching one reference's bytes. */
sealed interface ReferenceResult {

    /** The file is complete. */
    record Fetched(long bytes) implements ReferenceResult {}

    /** The reference exceeds the limit; reading stopped. */
    record TooLarge() implements ReferenceResult {}

    /** Not fetched. The message has neither path nor query of the address, since they may contain a signature. */
    record Rejected(FailureCode code, String message) implements ReferenceResult {}

    static ReferenceResult forbidden(String message) {
        return new Rejected(FailureCode.REFERENCE_FORBIDDEN, message);
    }

    static ReferenceResult unavailable(String message) {
        return new Rejected(FailureCode.REFERENCE_UNAVAILABLE, message);
    }
}
