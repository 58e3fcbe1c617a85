package dev.renderfleet.scheduler.store;

import dev.renderfleet.scheduler.store.StartFailure.Late;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Ends the wait of jobs: they become ready when their time has come and what they need has completed, or are rejected. For the leader,
 * by the thread that settles.
 */
public final class WaitStore {

    private static final int JOBS_MAX = 1_000;

    private final Database database;
    private final Refuser refuser;

    public WaitStore(Database database, Refuser refuser) {
        this.database = database;
        this.refuser = refuser;
    }

    /** Makes the event of a job that can no longer start. */
    @FunctionalInterface
    public interface Refuser {
        /**
         * What becomes of it.
         *
         * @param body of the stored job
         */
        Unstarted refuse(byte[] body, @Nullable String traceparent, StartFailure failure);
    }

    /**
     * A job that ended before it started.
     *
     * @param state rejected or canceled
     */
    public record Unstarted(JobState state, OutboxRow event) {}

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Refused(
            long jobNo, String id, byte[] body, @Nullable String traceparent) {}

    /**
     * Ends the waits that are due, in one transaction; where there are more than {@link #JOBS_MAX}, the next step goes on.
     *
     * @return the first job by flow of those that are ready now
     */
    public Map<Long, Long> step(long epoch, Instant now) {
        if (!isDue(now)) {
            return Map.of();
        }
        return database.writeAsLeader(epoch, handle -> {
            Map<Long, StartFailure> failures = NeedRows.look(handle, now);
            List<Long> late = late(handle, now);
            late.forEach(job -> failures.put(job, new Late()));
            reject(handle, failures, now);
            handle.createUpdate("DELETE FROM deadline WHERE job_no = ANY (:jobs) AND at <= :now")
                    .bind("jobs", Database.longs(late))
                    .bind("now", now.atOffset(ZoneOffset.UTC))
                    .execute();
            return ready(handle, now);
        });
    }

    /** Rejects those of the jobs that still wait, since their deadline has passed, and returns them. */
    public Set<Long> rejectLate(long epoch, Collection<Long> jobs, Instant now) {
        return jobs.isEmpty()
                ? Set.of()
                : database.writeAsLeader(
                        epoch,
                        handle -> reject(
                                handle, jobs.stream().collect(Collectors.toMap(job -> job, _ -> new Late())), now));
    }

    private boolean isDue(Instant now) {
        return database.read(handle -> handle.createQuery("""
                        SELECT EXISTS (SELECT 1 FROM need WHERE look_at <= :now)
                            OR EXISTS (SELECT 1 FROM deadline WHERE at <= :now)
                            OR EXISTS (SELECT 1 FROM pending WHERE needs_open = 0 AND not_before <= :now)""")
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .mapTo(Boolean.class)
                .one());
    }

    private static List<Long> late(Handle handle, Instant now) {
        return handle.createQuery("SELECT job_no FROM deadline WHERE at <= :now ORDER BY at LIMIT :max")
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .bind("max", JOBS_MAX)
                .mapTo(Long.class)
                .list();
    }

    private Set<Long> reject(Handle handle, Map<Long, ? extends StartFailure> failures, Instant now) {
        if (failures.isEmpty()) {
            return Set.of();
        }
        // Of a job that completed or failed a worker replays the outcome.
        List<Long> locked = handle.createQuery("""
                        SELECT job_no FROM job WHERE job_no = ANY (:jobs) AND state IN (:queued, :rejected)
                        ORDER BY job_no FOR UPDATE""")
                .bind("jobs", Database.longs(failures.keySet()))
                .bind("queued", JobState.QUEUED.code())
                .bind("rejected", JobState.REJECTED.code())
                .mapTo(Long.class)
                .list();
        Set<Long> taken = WaitRows.take(handle, locked);
        List<Refused> refused = handle.createQuery("""
                        SELECT job_no, encode(job_id, 'hex'), body, traceparent FROM job JOIN job_body USING (job_no)
                        WHERE job_no = ANY (:jobs)""")
                .bind("jobs", Database.longs(taken))
                .map((row, _) -> new Refused(row.getLong(1), row.getString(2), row.getBytes(3), row.getString(4)))
                .list();
        List<Unstarted> ends = refused.stream()
                .map(job -> refuser.refuse(
                        job.body(), job.traceparent(), Objects.requireNonNull(failures.get(job.jobNo()))))
                .toList();
        handle.createUpdate("""
                        UPDATE job j SET state = e.state, ended_at = :now FROM unnest(:jobs, :states) AS e (job_no, state)
                        WHERE j.job_no = e.job_no""")
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .bind("jobs", Database.longs(refused.stream().map(Refused::jobNo)))
                .bind(
                        "states",
                        Database.array(
                                "smallint",
                                ends.stream().map(end -> end.state().code()).toArray()))
                .execute();
        NeedRows.wake(handle, refused.stream().map(Refused::id));
        OutboxStore.add(handle, ends.stream().map(Unstarted::event).toList());
        return taken;
    }

    private static Map<Long, Long> ready(Handle handle, Instant now) {
        return handle
                .createQuery("""
                        WITH due AS (DELETE FROM pending WHERE needs_open = 0 AND job_no = ANY (ARRAY (
                                SELECT job_no FROM pending WHERE needs_open = 0 AND not_before <= :now
                                ORDER BY not_before, job_no LIMIT :max)) RETURNING flow_no, job_no),
                            made AS (INSERT INTO ready (flow_no, job_no) SELECT flow_no, job_no FROM due ON CONFLICT DO NOTHING)
                        SELECT flow_no, min(job_no) FROM due GROUP BY flow_no""")
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .bind("max", JOBS_MAX)
                .map((row, _) -> Map.entry(row.getLong(1), row.getLong(2)))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
