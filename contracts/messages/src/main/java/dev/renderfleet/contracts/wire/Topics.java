package dev.renderfleet.contracts.wire;

/** Names of the Kafka topics. */
public final class Topics {

    /** Jobs to render now. Read by workers. */
    public static final String JOBS = "render.jobs";
    /** Jobs to be scheduled. Read by the scheduler. */
    public static final String REQUESTS = "render.requests";
    /** Events, one outcome per job. Read with {@code isolation.level=read_committed}. */
    public static final String EVENTS = "render.events";
    /** Signals to workers: holds, the fleet's bucket and providers, cancels. */
    public static final String SIGNALS = "render.signals";
    /** Records that could not be read as jobs, with the reason in headers. */
    public static final String JOBS_DLQ = "render.jobs.dlq";

    private Topics() {}
}
