package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.event.FailureCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Result of fetching one reference's bytes. Messages have neither path nor query of the address, since they may contain a signature. */
sealed interface ReferenceResult {

    /** The file is complete. */
    record Fetched(long bytes) implements ReferenceResult {}

    /** The reference exceeds the limit; reading stopped. */
    record TooLarge() implements ReferenceResult {}

    /** A later try will not help. */
    record Rejected(FailureCode code, String message) implements ReferenceResult {}

    /**
     * A later try may help.
     *
     * @param retryAfter as the host asks; null if it does not
     * @param waitMax in all, before the reference is rejected
     */
    record Later(@Nullable Duration retryAfter, Duration waitMax, String message) implements ReferenceResult {}

    static ReferenceResult forbidden(String message) {
        return new Rejected(FailureCode.REFERENCE_FORBIDDEN, message);
    }

    static ReferenceResult unavailable(String message) {
        return new Rejected(FailureCode.REFERENCE_UNAVAILABLE, message);
    }
}
