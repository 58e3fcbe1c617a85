package dev.renderfleet.worker.references;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Records since when hosts fail, over all jobs, so that thousands of jobs with a misspelt or closed host are not each waited for as
 * long as the first. Safe for use by many threads.
 */
final class HostOutages {

    /** Further failing hosts are not recorded. */
    private static final int HOSTS_MAX = 1_000;

    /** Longer than any job's pause between tries; a failure after it begins a new outage. */
    private static final Duration GAP_MAX = Duration.ofMinutes(15);

    private record Outage(Instant since, Instant last) {}

    private final InstantSource clock;
    private final Map<String, Outage> outages = new ConcurrentHashMap<>();

    HostOutages(InstantSource clock) {
        this.clock = clock;
    }

    /** Records a failure. Returns for how long the host has failed each time. */
    Duration failed(String host) {
        Instant now = clock.instant();
        if (!outages.containsKey(host) && outages.size() >= HOSTS_MAX) {
            outages.values().removeIf(outage -> outage.last().plus(GAP_MAX).isBefore(now));
            if (outages.size() >= HOSTS_MAX) {
                return Duration.ZERO;
            }
        }
        Outage outage = outages.merge(
                host,
                new Outage(now, now),
                (known, fresh) -> known.last().plus(GAP_MAX).isBefore(now) ? fresh : new Outage(known.since(), now));
        return Duration.between(outage.since(), now);
    }

    /** Records an answer, also of a refusal. */
    void answered(String host) {
        outages.remove(host);
    }
}
