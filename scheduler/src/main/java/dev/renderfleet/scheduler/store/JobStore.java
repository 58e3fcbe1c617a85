package dev.renderfleet.scheduler.store;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads jobs. Safe for use by many threads. */
public final class JobStore {

    /** How many jobs are looked at for a page, so that a page of a rare state is cheap too. */
    static final int SCANNED_MAX = 10_000;

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

    /** A job of a listing. */
    public record ListedJob(String jobId, JobView view) {}

    /**
     * A page of a listing, the latest job first.
     *
     * @param next from where the listing goes on; empty: it ends here
     */
    public record Page(List<ListedJob> jobs, OptionalLong next) {}

    private record Row(long place, @Nullable ListedJob job) {}

    /**
     * Jobs of a tenant that its doors have seen, without their events. May be shorter than asked for, or empty, and go on.
     *
     * @param state by its name in answers; null: any
     * @param before where the page before ended; empty: from the latest on
     */
    public Page page(String tenant, @Nullable String state, OptionalLong before, int max) {
        List<Row> rows = database.read(handle -> handle.createQuery("""
            WITH seen AS MATERIALIZED (SELECT * FROM job WHERE job_no < :before
                AND tenant_no = (SELECT tenant_no FROM tenant WHERE name = :tenant)
                ORDER BY job_no DESC LIMIT :scanned),
            picked AS (SELECT s.*, f.reserved, c.job_no IS NOT NULL AS canceling
                FROM seen s LEFT JOIN flight f USING (job_no) LEFT JOIN cancellation c USING (job_no)
                WHERE :any OR CASE WHEN f.job_no IS NULL THEN s.state = :state
                    WHEN c.job_no IS NULL THEN :released ELSE :canceling END
                ORDER BY job_no DESC LIMIT :max)
            SELECT job_no, encode(job_id, 'hex'), :tenant, state, created_at, reserved, canceling,
                coalesce(o.spent, 0), coalesce(o.unknown, 0)
            FROM picked p, LATERAL (SELECT CAST(sum(spent) AS bigint) spent, CAST(sum(unknown) AS bigint) unknown
                FROM outcome o WHERE o.job_no = p.job_no) o
            UNION ALL SELECT min(job_no), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM seen HAVING count(*) = :scanned
            ORDER BY 1 DESC, 2 NULLS LAST""")
                .bind("tenant", tenant)
                .bind("before", before.orElse(Long.MAX_VALUE))
                .bind("scanned", SCANNED_MAX)
                .bind("any", state == null)
                .bind("state", state == null ? null : JobState.codeOf(state))
                .bind("released", JobState.RELEASED.equals(state))
                .bind("canceling", JobState.CANCELING.equals(state))
                .bind("max", max)
                .map((row, _) -> new Row(
                        row.getLong(1),
                        row.getString(2) == null
                                ? null
                                : new ListedJob(
                                        row.getString(2),
                                        new JobView(
                                                row.getString(3),
                                                JobState.of(row.getInt(4)),
                                                row.getObject(5, OffsetDateTime.class)
                                                        .toInstant(),
                                                row.getObject(6, Long.class),
                                                row.getBoolean(7),
                                                row.getLong(8),
                                                row.getLong(9),
                                                null))))
                .list());
        List<ListedJob> jobs = new ArrayList<>();
        for (Row row : rows) {
            if (row.job() != null) {
                jobs.add(row.job());
            }
        }
        boolean goesOn = jobs.size() == max || jobs.size() < rows.size();
        long last = rows.isEmpty()
                ? 0
                : rows.get(jobs.size() == max ? max - 1 : rows.size() - 1).place();
        return new Page(List.copyOf(jobs), goesOn ? OptionalLong.of(last) : OptionalLong.empty());
    }
}
