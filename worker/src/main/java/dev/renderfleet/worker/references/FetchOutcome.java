package dev.renderfleet.worker.references;

import dev.renderfleet.contracts.event.FailureCode;
import java.time.Duration;
import java.util.List;

/** Result of fetching all references of a job. Only {@link Fetched} leaves files in the spool. */
public sealed interface FetchOutcome {

    /**
     * All references, in the job's order. Closing deletes their files.
     *
     * @param onClose runs after the files are deleted
     */
    record Fetched(List<FetchedReference> references, Runnable onClose) implements FetchOutcome, AutoCloseable {

        /** The references of a job without any. */
        public static final Fetched NONE = new Fetched(List.of(), () -> {});

        public Fetched {
            references = List.copyOf(references);
        }

        @Override
        public void close() {
            references.forEach(FetchedReference::close);
            onClose.run();
        }
    }

    /**
     * A reference cannot be fetched now, and probably can later.
     *
     * @param retryAfter zero or more
     * @param waitMax in all, before the reference is refused
     * @param reference its index in the job
     * @param message for the producer, without secrets of an address
     */
    record Later(Duration retryAfter, Duration waitMax, int reference, String message) implements FetchOutcome {}

    /**
     * A reference was refused.
     *
     * @param field such as {@code references[0].uri}
     * @param message for the producer, without secrets of an address
     */
    record Refused(FailureCode code, String field, String message) implements FetchOutcome {}

    /** This worker's disk failed or is full; the job and its references are not at fault. */
    record LocalFault(String reason) implements FetchOutcome {}

    /** The job's deadline passed. */
    record DeadlinePassed() implements FetchOutcome {}

    /** The worker shuts down, the job was reassigned, or the thread was interrupted. */
    record Aborted() implements FetchOutcome {}
}
