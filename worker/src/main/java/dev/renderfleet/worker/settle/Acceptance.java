package dev.renderfleet.worker.settle;

import dev.renderfleet.worker.settle.Delivery.Assignment;

/** What to do with a consumed record. */
public sealed interface Acceptance {
    /** Process it, under this assignment of its partition. */
    record Accepted(Assignment assignment) implements Acceptance {}

    /** Skip it: it was settled before, or its partition is not owned. */
    record AlreadySettled() implements Acceptance {}

    /** Offer it again later: the partition has too many open records. */
    record PartitionFull() implements Acceptance {}
}
