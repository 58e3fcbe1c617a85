package dev.renderfleet.scheduler.store;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/** Cancels jobs that wait. Safe for use by many threads, on any scheduler. */
public final class CancelStore {

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
        /** Workers have the job; it goes on. */
        RELEASED
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Waiting(long jobNo, JobState state, byte[] body) {}

    /**
     * Cancels the job of that id; empty: there is none that a door of the scheduler has seen.
     *
     * @param event of the job with this body
     */
    public Optional<Cancellation> cancel(String jobId, Function<byte[], OutboxRow> event) {
        return database.write(handle -> handle.createQuery("""
                        SELECT job_no, state, body FROM job JOIN job_body USING (job_no)
                        WHERE job_id = :id FOR UPDATE OF job""")
                .bind("id", HexFormat.of().parseHex(jobId))
                .map((row, _) -> new Waiting(row.getLong(1), JobState.of(row.getInt(2)), row.getBytes(3)))
                .findOne()
                .map(job -> cancel(handle, jobId, job, event)));
    }

    private static Cancellation cancel(Handle handle, String jobId, Waiting job, Function<byte[], OutboxRow> event) {
        if (job.state().isTerminal()) {
            return Cancellation.ENDED;
        }
        if (WaitRows.take(handle, List.of(job.jobNo())).isEmpty()) {
            return Cancellation.RELEASED;
        }
        handle.createUpdate("UPDATE job SET state = :canceled, ended_at = now() WHERE job_no = :job")
                .bind("canceled", JobState.CANCELED.code())
                .bind("job", job.jobNo())
                .execute();
        NeedRows.wake(handle, Stream.of(jobId));
        OutboxStore.add(handle, List.of(event.apply(job.body())));
        return Cancellation.CANCELED;
    }
}
