package dev.renderfleet.contracts.wire;

/** Names of the Kafka consumer groups. */
public final class ConsumerGroups {

    /** All workers of a fleet. Reads {@link Topics#JOBS}. */
    public static final String WORKERS = "renderfleet-workers";

    private ConsumerGroups() {}
}
