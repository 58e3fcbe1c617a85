package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.signal.Cancel;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The jobs for which no further call is wanted, as signals say. Forgets the oldest beyond {@link #JOBS_MAX}, and each after {@link
 * #AGE_MAX}: such a job is rendered as any other. Safe for use by many threads.
 */
public final class Cancellations {

    static final int JOBS_MAX = 100_000;

    /** Since the signal, which is published again while the job has no outcome. */
    static final Duration AGE_MAX = Duration.ofHours(2);

    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    /** In the order of the signals. */
    private final LinkedHashMap<String, CanceledRecords> byJob = new LinkedHashMap<>();

    public Cancellations(InstantSource clock) {
        this.clock = clock;
    }

    /** @param last of the job's records that are canceled, as {@code topic/partition/offset} */
    private record CanceledRecords(String last, Instant until) {
        boolean include(String record) {
            int place = last.lastIndexOf('/') + 1;
            return record.startsWith(last.substring(0, place))
                    && Long.parseLong(record, place, record.length(), 10)
                            <= Long.parseLong(last, place, last.length(), 10);
        }
    }

    /** Notes a signal; one that has expired has no effect. */
    public void add(Cancel cancel) {
        Instant now = clock.instant();
        Instant latest = now.plus(AGE_MAX);
        Instant until = cancel.until().isAfter(latest) ? latest : cancel.until();
        if (!until.isAfter(now)) {
            return;
        }
        lock.lock();
        try {
            byJob.putLast(cancel.jobId(), new CanceledRecords(cancel.record(), until));
            if (byJob.size() > JOBS_MAX) {
                byJob.pollFirstEntry();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether the job is to end before its next call.
     *
     * @param record that it came by, as {@code topic/partition/offset}
     */
    public boolean include(JobId job, String record) {
        CanceledRecords canceled = of(job);
        return canceled != null && clock.instant().isBefore(canceled.until()) && canceled.include(record);
    }

    private @Nullable CanceledRecords of(JobId job) {
        lock.lock();
        try {
            return byJob.get(job.value());
        } finally {
            lock.unlock();
        }
    }
}
