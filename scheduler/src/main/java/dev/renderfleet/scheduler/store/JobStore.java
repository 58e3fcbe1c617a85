package dev.renderfleet.scheduler.store;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads jobs. Safe for use by many threads. */
public final class JobStore {

    private final Database database;

    public JobStore(Database database) {
        this.database = database;
    }

    /**
     * What is known of a job.
     *
     * @param reserved in millionths of a US dollar; null: it is not released
     * @param canceling whether it is released, and to be canceled
     * @param spent by all its runs
     * @param unknown of calls that may have been billed
     * @param event its last outcome in JSON; null: none yet
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record JobView(
            String tenant,
            JobState state,
            Instant createdAt,
            @Nullable Long reserved,
            boolean canceling,
            long spent,
            long unknown,
            byte @Nullable [] event) {}

    /** The job of that id of 40 hex characters, of any tenant. */
    public Optional<JobView> find(String jobId) {
        return database.read(handle -> handle.createQuery("""
                        SELECT t.name, j.state, j.created_at, f.reserved,
                            EXISTS (SELECT 1 FROM cancellation c WHERE c.job_no = f.job_no),
                            coalesce(sum(o.spent), 0), coalesce(sum(o.unknown), 0),
                            (SELECT event FROM outcome l WHERE l.job_no = j.job_no AND l.state = j.state ORDER BY at DESC LIMIT 1)
                        FROM job j JOIN tenant t USING (tenant_no) LEFT JOIN flight f USING (job_no)
                            LEFT JOIN outcome o USING (job_no)
                        WHERE j.job_id = :id GROUP BY t.name, j.job_no, f.job_no""")
                .bind("id", HexFormat.of().parseHex(jobId))
                .map((row, _) -> new JobView(
                        row.getString(1),
                        JobState.of(row.getInt(2)),
                        row.getObject(3, OffsetDateTime.class).toInstant(),
                        row.getObject(4, Long.class),
                        row.getBoolean(5),
                        row.getLong(6),
                        row.getLong(7),
                        row.getBytes(8)))
                .findOne());
    }
}
