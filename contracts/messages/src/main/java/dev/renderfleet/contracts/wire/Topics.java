package dev.renderfleet.contracts.wire;

/** Names of the Kafka topics. */
public final class Topics {

    /** Jobs to run now. Read by workers. */
    public static final String JOBS = "render.jobs";
    /** Jobs to be scheduled. Read by the scheduler. */
    public static final String REQUESTS = "render.requests";
    /** Outcomes. Read with {@code isolation.level=read_committed}. */
    public static final String EVENTS = "render.events";
    /** What workers and scheduler tell each other: holds, cancels, pauses. */
    public static final String SIGNALS = "render.signals";
    /** Records that could not be read, with the reason in headers. */
    public static final String JOBS_DLQ = "render.jobs.dlq";

    private Topics() {}
}
