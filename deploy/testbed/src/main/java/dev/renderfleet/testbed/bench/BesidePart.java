package dev.renderfleet.testbed.bench;

import java.util.Locale;
import java.util.Map;

/** What is compared with workers of other makes. */
enum BesidePart {
    THROUGHPUT,
    LATENCY,
    START,
    IDLE,
    MEMORY,
    KILLS,
    QUOTA,
    TWICE,
    OUTAGE;

    /** The figures of one worker by what they are, in their order. */
    Map<String, Double> measure(BenchFleet fleet, Contestant contestant, int jobs) throws InterruptedException {
        return switch (this) {
            case THROUGHPUT -> BesideSpeed.throughput(fleet, contestant, jobs);
            case LATENCY -> BesideSpeed.latency(fleet, contestant, jobs);
            case START -> BesideSpeed.start(fleet, contestant);
            case IDLE -> BesideSpeed.idle(fleet, contestant);
            case MEMORY -> BesideSpeed.memory(fleet, contestant);
            case KILLS -> BesideFaults.kills(fleet, contestant);
            case QUOTA -> BesideFaults.closedQuota(fleet, contestant);
            case TWICE -> BesideFaults.submittedTwice(fleet, contestant);
            case OUTAGE -> BesideFaults.storeOutage(fleet, contestant);
        };
    }

    /** As people write it on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
