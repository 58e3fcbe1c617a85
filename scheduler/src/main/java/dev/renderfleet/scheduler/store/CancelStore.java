package dev.renderfleet.scheduler.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/** Cancels jobs: those that wait at once, of released ones the next call. Safe for use by many threads, on any scheduler. */
public final class CancelStore {

    /** Of one call by filter. */
    static final int JOBS_MAX = 10_000;

    private static final int JOBS_PER_TRANSACTION_MAX = 500;

    private final Database database;

    public CancelStore(Database database) {
        this.database = database;
    }

    /** What became of a wish to cancel. */
    public enum Cancellation {
        /** The job waits no more, and its event is in the outbox. */
        CANCELED,
        /** The job had an outcome already. */
        ENDED,
        /** Workers have the job, and are asked to make no further call for it. */
        REQUESTED
    }

    /**
     * The result of a cancel by filter.
     *
     * @param canceled jobs that waited
     * @param requested jobs that workers have
     * @param more whether other jobs may match
     */
    public record Canceled(int canceled, int requested, boolean more) {
        Canceled plus(Canceled other) {
            return new Canceled(canceled + other.canceled, requested + other.requested, more);
        }
    }

    /**
     * A released job that is to be canceled.
     *
     * @param offset of the last record of its flight
     */
    public record CanceledFlight(long jobNo, String jobId, int partition, long offset) {}

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record OpenJob(long jobNo, String jobId, byte[] body) {}

    /**
     * Cancels the job of that id; empty: there is none that a door of the scheduler has seen.
     *
     * @param event of the job with this body
     */
    public Optional<Cancellation> cancel(String jobId, Function<byte[], OutboxRow> event) {
        return database.write(handle -> handle.createQuery(
                        "SELECT job_no FROM job JOIN job_body USING (job_no) WHERE job_id = :id")
                .bind("id", HexFormat.of().parseHex(jobId))
                .mapTo(Long.class)
                .findOne()
                .map(job -> {
                    Canceled result = cancel(handle, List.of(job), event);
                    return result.canceled() > 0
                            ? Cancellation.CANCELED
                            : result.requested() > 0 ? Cancellation.REQUESTED : Cancellation.ENDED;
                }));
    }

    /**
     * Cancels up to {@link #JOBS_MAX} jobs of the tenant, in several transactions. Where there are more, another call goes on.
     *
     * @param filter fields that the jobs have, as JSON
     * @param event of the job with this body
     */
    public Canceled cancel(String tenant, String filter, Function<byte[], OutboxRow> event) {
        List<Long> jobs = matching(tenant, filter);
        var all = new Canceled(0, 0, jobs.size() == JOBS_MAX);
        for (int from = 0; from < jobs.size(); from += JOBS_PER_TRANSACTION_MAX) {
            List<Long> some = jobs.subList(from, Math.min(jobs.size(), from + JOBS_PER_TRANSACTION_MAX));
            all = all.plus(database.write(handle -> cancel(handle, some, event)));
        }
        return all;
    }

    private List<Long> matching(String tenant, String filter) {
        return database.read(handle -> handle.createQuery("""
                        WITH line AS (SELECT flow_no FROM flow JOIN tenant USING (tenant_no) WHERE name = :tenant)
                        SELECT job_no FROM (SELECT job_no FROM ready JOIN line USING (flow_no)
                            UNION SELECT job_no FROM pending JOIN line USING (flow_no)
                            UNION SELECT job_no FROM flight f JOIN line USING (flow_no)
                                WHERE NOT EXISTS (SELECT 1 FROM cancellation c WHERE c.job_no = f.job_no)) AS open
                            JOIN job USING (job_no) JOIN job_body USING (job_no)
                        WHERE state = :queued AND CAST(convert_from(body, 'UTF8') AS jsonb) @> CAST(:filter AS jsonb)
                        LIMIT :max""")
                .bind("tenant", tenant)
                .bind("queued", JobState.QUEUED.code())
                .bind("filter", filter)
                .bind("max", JOBS_MAX)
                .mapTo(Long.class)
                .list());
    }

    private static Canceled cancel(Handle handle, Collection<Long> jobs, Function<byte[], OutboxRow> event) {
        List<OpenJob> open = handle.createQuery("""
                        SELECT job_no, encode(job_id, 'hex'), body FROM job JOIN job_body USING (job_no)
                        WHERE job_no = ANY (:jobs) AND state = :queued ORDER BY job_no FOR UPDATE OF job""")
                .bind("jobs", Database.longs(jobs))
                .bind("queued", JobState.QUEUED.code())
                .map((row, _) -> new OpenJob(row.getLong(1), row.getString(2), row.getBytes(3)))
                .list();
        Set<Long> waiting =
                WaitRows.take(handle, open.stream().map(OpenJob::jobNo).toList());
        handle.createUpdate("UPDATE job SET state = :canceled, ended_at = now() WHERE job_no = ANY (:jobs)")
                .bind("canceled", JobState.CANCELED.code())
                .bind("jobs", Database.longs(waiting))
                .execute();
        List<OpenJob> canceled = new ArrayList<>(open);
        canceled.removeIf(job -> !waiting.contains(job.jobNo()));
        NeedRows.wake(handle, canceled.stream().map(OpenJob::jobId));
        OutboxStore.add(
                handle, canceled.stream().map(job -> event.apply(job.body())).toList());
        // In a table of its own: a row of flight, locked after that of its job, could deadlock with the leader.
        handle.createUpdate("""
                        INSERT INTO cancellation (job_no) SELECT job_no FROM flight WHERE job_no = ANY (:jobs)
                        ON CONFLICT DO NOTHING""")
                .bind("jobs", Database.longs(open.stream().map(OpenJob::jobNo)))
                .execute();
        return new Canceled(canceled.size(), open.size() - canceled.size(), false);
    }

    /** All released jobs that are to be canceled, and whose records Kafka has; at most as many as the windows admit. */
    public List<CanceledFlight> flights() {
        return database.read(handle -> handle.createQuery("""
                        SELECT job_no, (SELECT encode(job_id, 'hex') FROM job WHERE job_no = f.job_no), partition, record
                        FROM cancellation JOIN flight f USING (job_no) WHERE record IS NOT NULL""")
                .map((row, _) -> new CanceledFlight(row.getLong(1), row.getString(2), row.getInt(3), row.getLong(4)))
                .list());
    }
}
