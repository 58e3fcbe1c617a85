package dev.renderfleet.scheduler.release;

import dev.renderfleet.scheduler.queue.Flow;
import dev.renderfleet.scheduler.store.ReleaseStore.ReadyJob;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The head of a flow in memory: the jobs with the lowest numbers, and up to which number they were read. For one thread. */
final class FlowHead {

    static final int READ_MAX = 256;

    private static final int READ_BELOW = 64;

    private final Flow flow;
    private final int tenantNo;
    private final TreeMap<Long, ReadyJob> jobs = new TreeMap<>();
    private long cursor;
    private boolean more = true;

    FlowHead(Flow flow, int tenantNo) {
        this.flow = flow;
        this.tenantNo = tenantNo;
    }

    Flow flow() {
        return flow;
    }

    int tenantNo() {
        return tenantNo;
    }

    /** The number of the last job that was read. */
    long cursor() {
        return cursor;
    }

    boolean wantsMore() {
        return more && jobs.size() < READ_BELOW;
    }

    /** Adds what was read after the cursor, but these. */
    void read(List<ReadyJob> next, Set<Long> but) {
        next.stream().filter(job -> !but.contains(job.jobNo())).forEach(this::giveBack);
        more = next.size() == READ_MAX;
        if (!next.isEmpty()) {
            cursor = Math.max(cursor, next.getLast().jobNo());
        }
    }

    /** A job was committed. Jobs are committed out of order, so it is read again from there on. */
    void arrived(long job) {
        cursor = Math.min(cursor, job - 1);
        more = true;
    }

    @Nullable
    ReadyJob poll() {
        Map.Entry<Long, ReadyJob> first = jobs.pollFirstEntry();
        return first == null ? null : first.getValue();
    }

    void giveBack(ReadyJob job) {
        jobs.put(job.jobNo(), job);
    }

    /** Since when the job in memory that has waited longest may be released; later than now if there is none. */
    Instant oldest() {
        return jobs.values().stream()
                .map(ReadyJob::since)
                .min(Comparator.naturalOrder())
                .orElse(Instant.MAX);
    }

    /** Whether a job is in memory. */
    boolean hasHead() {
        return !jobs.isEmpty();
    }
}
