package dev.renderfleet.worker.settle;

/** What Kafka's coordinators have decided about transactions. */
@FunctionalInterface
interface Decisions {

    /** Of one transaction. */
    enum Decision {
        ABORTED,
        COMMITTED,
        /** Not decided yet, or it cannot be told any more. */
        UNKNOWN
    }

    /**
     * What was decided about the transaction in which that producer wrote with that epoch, at {@code lastWrite} (milliseconds since 1970).
     * Throws {@link org.apache.kafka.common.KafkaException} if that cannot be read.
     */
    Decision decision(String transactionalId, long producerId, int epoch, long lastWrite);
}
