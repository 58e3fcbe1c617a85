package dev.renderfleet.scheduler.store;

import dev.renderfleet.scheduler.money.Account;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Headroom;
import dev.renderfleet.scheduler.store.AccountRows.Change;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Money of calls that may have been billed, until someone has looked into the provider's bill. Safe for use by many threads. */
public final class UnknownStore {

    private final Database database;

    public UnknownStore(Database database) {
        this.database = database;
    }

    /** Calls of a job, in millionths of a US dollar. */
    public record UnknownMoney(String jobId, Instant at, long usdMicros) {}

    /**
     * A decision about a job's calls, in millionths of a US dollar.
     *
     * @param now false: it was made before
     */
    public record Resolution(boolean now, boolean billed, long usdMicros) {}

    private record Owner(long jobNo, int tenantNo) {}

    private record Entry(LocalDate day, long usdMicros) {}

    /** The oldest of a tenant. */
    public List<UnknownMoney> list(String tenant, int max) {
        return database.read(handle -> handle.createQuery("""
                        SELECT encode(job_id, 'hex'), o.at, o.unknown
                        FROM tenant t JOIN outcome o USING (tenant_no) JOIN job j USING (job_no)
                        WHERE t.name = :tenant AND o.unknown > 0 ORDER BY o.at LIMIT :max""")
                .bind("tenant", tenant)
                .bind("max", max)
                .map((row, _) -> new UnknownMoney(
                        row.getString(1), row.getObject(2, OffsetDateTime.class).toInstant(), row.getLong(3)))
                .list());
    }

    /**
     * Books what is unknown of a job as spent, or as free, and notes the decision; each outcome once. Empty: nothing is unknown of the job,
     * and nothing was decided.
     *
     * @param tenant null: of any; a job of another one is none
     */
    public Optional<Resolution> resolve(String jobId, @Nullable String tenant, boolean billed) {
        return database.write(handle -> handle.createQuery("""
                        SELECT job_no, tenant_no FROM job JOIN tenant USING (tenant_no)
                        WHERE job_id = :id AND (CAST(:tenant AS text) IS NULL OR name = CAST(:tenant AS text))""")
                .bind("id", HexFormat.of().parseHex(jobId))
                .bind("tenant", tenant)
                .map((row, _) -> new Owner(row.getLong(1), row.getInt(2)))
                .findOne()
                .flatMap(job -> resolve(handle, job, billed)));
    }

    private static Optional<Resolution> resolve(Handle handle, Owner job, boolean billed) {
        List<LocalDate> days = handle.createQuery(
                        "SELECT DISTINCT day FROM outcome WHERE job_no = :job AND unknown > 0")
                .bind("job", job.jobNo())
                .mapTo(LocalDate.class)
                .list();
        if (days.isEmpty()) {
            return earlier(handle, job);
        }
        AccountRows.lock(
                handle,
                days.stream()
                        .flatMap(day -> Headroom.scopes(job.tenantNo(), day).stream())
                        .toList(),
                Caps.NONE);
        // Read under the locks: another decision may have been first.
        List<Entry> entries = handle.createQuery("""
                        WITH due AS (SELECT event_id, day, unknown FROM outcome
                            WHERE job_no = :job AND day = ANY (:days) AND unknown > 0),
                        booked AS (UPDATE outcome o SET unknown = 0, spent = o.spent + CASE WHEN :billed THEN d.unknown ELSE 0 END
                            FROM due d WHERE o.event_id = d.event_id)
                        INSERT INTO resolution (event_id, job_no, day, billed, usd_micros)
                        SELECT event_id, :job, day, :billed, unknown FROM due RETURNING day, usd_micros""")
                .bind("job", job.jobNo())
                .bind("days", Database.array("date", days.toArray()))
                .bind("billed", billed)
                .map((row, _) -> new Entry(row.getObject(1, LocalDate.class), row.getLong(2)))
                .list();
        if (entries.isEmpty()) {
            return earlier(handle, job);
        }
        Map<Account.Key, Change> changes = new TreeMap<>();
        for (Entry entry : entries) {
            var change = new Change(0, -entry.usdMicros(), billed ? entry.usdMicros() : 0);
            Headroom.scopes(job.tenantNo(), entry.day()).forEach(key -> changes.merge(key, change, Change::plus));
        }
        AccountRows.change(handle, changes);
        return Optional.of(new Resolution(
                true, billed, entries.stream().mapToLong(Entry::usdMicros).sum()));
    }

    private static Optional<Resolution> earlier(Handle handle, Owner job) {
        return handle.createQuery("""
                        SELECT billed, sum(usd_micros) FROM resolution WHERE job_no = :job
                        GROUP BY billed ORDER BY max(at) DESC LIMIT 1""")
                .bind("job", job.jobNo())
                .map((row, _) -> new Resolution(false, row.getBoolean(1), row.getLong(2)))
                .findOne();
    }
}
