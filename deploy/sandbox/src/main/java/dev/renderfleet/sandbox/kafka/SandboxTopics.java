package dev.renderfleet.sandbox.kafka;

import java.util.List;

/** The topics the sandbox creates. They repeat the names in contracts, on which the sandbox does not depend. */
public final class SandboxTopics {
    public static final String JOBS = "render.jobs";
    public static final String REQUESTS = "render.requests";
    public static final String EVENTS = "render.events";
    public static final String SIGNALS = "render.signals";
    public static final String JOBS_DLQ = "render.jobs.dlq";

    static final List<String> ALL = List.of(JOBS, REQUESTS, EVENTS, SIGNALS, JOBS_DLQ);

    private SandboxTopics() {}
}
