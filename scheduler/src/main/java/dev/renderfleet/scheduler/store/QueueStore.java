package dev.renderfleet.scheduler.store;

import dev.renderfleet.scheduler.money.Account;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Headroom;
import dev.renderfleet.scheduler.queue.Flow;
import dev.renderfleet.scheduler.queue.TenantShare;
import dev.renderfleet.scheduler.queue.WindowState;
import dev.renderfleet.scheduler.queue.WindowState.ModelDay;
import dev.renderfleet.scheduler.queue.WindowState.ModelHeld;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What waits, what runs and what bounds it, as every scheduler can read it. Safe for use by many threads. */
public final class QueueStore {

    /** Waiting jobs are counted up to this number in each flow. */
    public static final int COUNTED_MAX = 100_000;

    private final Database database;
    private final Caps caps;

    public QueueStore(Database database, Caps caps) {
        this.database = database;
        this.caps = caps;
    }

    /** The jobs of a flow; {@code waiting} up to {@link #COUNTED_MAX}. */
    public record FlowCount(Flow flow, long waiting, int flights) {}

    /**
     * Where a job is.
     *
     * @param share of its tenant
     * @param running released jobs of its tenant without an outcome
     * @param endedAt null: it has no outcome
     * @param releasedAt null: it is not released
     * @param cancelAt when a released job was to be canceled; null: it is not
     * @param queued null: no door of the scheduler has seen it
     */
    public record JobPlace(
            long jobNo,
            String tenant,
            int tenantNo,
            TenantShare share,
            int running,
            JobState state,
            @Nullable Instant endedAt,
            @Nullable Instant releasedAt,
            @Nullable Instant cancelAt,
            @Nullable Queued queued) {}

    /**
     * The place of a job that came by a door of the scheduler.
     *
     * @param ready whether it may be released in its turn
     * @param place jobs before it in its flow, up to {@link #COUNTED_MAX}
     * @param head the first job of its flow; null: none waits
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record Queued(Flow flow, byte[] body, boolean ready, long place, byte @Nullable [] head) {}

    /** The job of that id of 40 hex characters. */
    public Optional<JobPlace> place(String jobId) {
        return database.read(handle -> handle.createQuery("""
                        SELECT j.job_no, t.name, j.tenant_no, t.weight, t.running_max,
                            (SELECT count(*) FROM flight n WHERE n.tenant_no = j.tenant_no) AS running, j.state,
                            j.ended_at, g.released_at, c.at AS cancel_at, b.flow_no, f.model, f.priority, b.body, r.job_no IS NOT NULL AS is_ready,
                            (SELECT count(*) FROM (SELECT 1 FROM ready a WHERE a.flow_no = b.flow_no AND a.job_no < j.job_no
                                LIMIT :max) s) AS place,
                            (SELECT h.body FROM job_body h WHERE h.job_no =
                                (SELECT min(a.job_no) FROM ready a WHERE a.flow_no = b.flow_no)) AS head
                        FROM job j JOIN tenant t ON t.tenant_no = j.tenant_no
                            LEFT JOIN job_body b ON b.job_no = j.job_no LEFT JOIN flow f ON f.flow_no = b.flow_no
                            LEFT JOIN flight g ON g.job_no = j.job_no LEFT JOIN cancellation c ON c.job_no = g.job_no
                            LEFT JOIN ready r ON r.flow_no = b.flow_no AND r.job_no = j.job_no
                        WHERE j.job_id = :id""")
                .bind("id", HexFormat.of().parseHex(jobId))
                .bind("max", COUNTED_MAX)
                .map((row, _) -> jobPlace(row))
                .findOne());
    }

    private static JobPlace jobPlace(ResultSet row) throws SQLException {
        String tenant = row.getString("name");
        String model = row.getString("model");
        return new JobPlace(
                row.getLong("job_no"),
                tenant,
                row.getInt("tenant_no"),
                TenantShare.of(row.getInt("weight"), row.getObject("running_max", Integer.class)),
                row.getInt("running"),
                JobState.of(row.getInt("state")),
                time(row, "ended_at"),
                time(row, "released_at"),
                time(row, "cancel_at"),
                model == null
                        ? null
                        : new Queued(
                                new Flow(row.getLong("flow_no"), tenant, model, row.getInt("priority")),
                                row.getBytes("body"),
                                row.getBoolean("is_ready"),
                                row.getLong("place"),
                                row.getBytes("head")));
    }

    /**
     * The flows that had jobs ever.
     *
     * @param model null: of all models
     */
    public List<FlowCount> flows(@Nullable String model) {
        return database.read(handle -> handle.createQuery("""
                        SELECT f.flow_no, t.name, f.model, f.priority, w.waiting, coalesce(g.flights, 0)
                        FROM flow f JOIN tenant t USING (tenant_no)
                            LEFT JOIN (SELECT flow_no, count(*) AS flights FROM flight GROUP BY flow_no) g USING (flow_no),
                            LATERAL (SELECT count(*) AS waiting FROM (SELECT 1 FROM ready r WHERE r.flow_no = f.flow_no
                                LIMIT :max) s) w
                        WHERE CAST(:model AS text) IS NULL OR f.model = CAST(:model AS text)
                        ORDER BY f.model, t.name, f.priority DESC""")
                .bind("max", COUNTED_MAX)
                .bind("model", model)
                .map((row, _) -> new FlowCount(
                        new Flow(row.getLong(1), row.getString(2), row.getString(3), row.getInt(4)),
                        row.getLong(5),
                        row.getInt(6)))
                .list());
    }

    /** The lines of all models, as the leader saw them last. */
    public Map<String, ModelLine> lines() {
        Map<String, ModelLine> lines = new TreeMap<>();
        database.read(handle -> handle.createQuery("SELECT * FROM model_line")
                        .map((row, _) -> line(row))
                        .list())
                .forEach(line -> lines.put(line.model(), line));
        return lines;
    }

    private static ModelLine line(ResultSet row) throws SQLException {
        Instant hold = time(row, "hold_until");
        var tenants = (String[]) row.getArray("tenants").getArray();
        var values = (Double[]) row.getArray("shares").getArray();
        Map<String, Double> shares = new TreeMap<>();
        for (int i = 0; i < tenants.length; i++) {
            shares.put(tenants[i], values[i]);
        }
        return new ModelLine(
                row.getString("model"),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                row.getBoolean("balanced"),
                new WindowState(
                        row.getInt("flights"),
                        row.getInt("flights_max"),
                        row.getDouble("per_second"),
                        row.getBoolean("is_full"),
                        hold == null ? null : new ModelHeld(hold, row.getString("hold_reason")),
                        new ModelDay(
                                row.getInt("day_released"),
                                row.getObject("day_max", Integer.class),
                                time(row, "day_until"))),
                shares);
    }

    /**
     * Figures for metrics.
     *
     * @param heldUsdMicros for released jobs
     * @param outboxOldestSeconds age of the oldest row of the outbox; 0: there is none
     */
    public record Figures(long heldUsdMicros, double outboxOldestSeconds) {
        public static final Figures NONE = new Figures(0, 0);
    }

    public Figures figures() {
        return database.read(handle -> handle.createQuery("""
                        SELECT (SELECT coalesce(sum(reserved), 0) FROM flight),
                            (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox)""")
                .map((row, _) -> new Figures(row.getLong(1), row.getDouble(2)))
                .one());
    }

    /** The accounts of a tenant's job that is released on that day. One that is not made yet is empty, with its cap. */
    public List<Account> accounts(int tenantNo, LocalDate day) {
        return database.read(handle -> AccountRows.find(handle, Headroom.scopes(tenantNo, day), caps));
    }

    /** An estimate that was given, and the release. */
    public record JudgedEstimate(Instant asked, Instant eta, Instant released) {}

    /** Notes an estimate, if it is the first of its job. */
    public void estimated(long jobNo, Instant asked, Instant eta) {
        database.write(handle -> handle.createUpdate(
                        "INSERT INTO estimate (job_no, asked_at, eta) VALUES (:job, :asked, :eta) ON CONFLICT DO"
                                + " NOTHING")
                .bind("job", jobNo)
                .bind("asked", asked.atOffset(ZoneOffset.UTC))
                .bind("eta", eta.atOffset(ZoneOffset.UTC))
                .execute());
    }

    /** Forgets estimates of jobs that wait no more, and returns those whose release is known: jobs in flight. */
    public List<JudgedEstimate> judgeEstimates() {
        return database.write(handle -> handle.createQuery("""
                        WITH gone AS (DELETE FROM estimate e USING job j LEFT JOIN flight f ON f.job_no = j.job_no
                            WHERE j.job_no = e.job_no AND (f.job_no IS NOT NULL OR j.state <> 0)
                            RETURNING e.asked_at, e.eta, f.released_at)
                        SELECT * FROM gone WHERE released_at > asked_at""")
                .map((row, _) -> new JudgedEstimate(
                        row.getObject(1, OffsetDateTime.class).toInstant(),
                        row.getObject(2, OffsetDateTime.class).toInstant(),
                        row.getObject(3, OffsetDateTime.class).toInstant()))
                .list());
    }

    /** Which of these jobs have not completed, or are not known. */
    public List<String> notCompleted(List<String> jobIds) {
        if (jobIds.isEmpty()) {
            return List.of();
        }
        List<String> completed = database.read(handle -> handle.createQuery(
                        "SELECT job_id FROM job WHERE job_id = ANY (:ids) AND state = :completed")
                .bind("ids", Database.bytes(jobIds.stream().map(HexFormat.of()::parseHex)))
                .bind("completed", JobState.COMPLETED.code())
                .map((row, _) -> HexFormat.of().formatHex(row.getBytes(1)))
                .list());
        return jobIds.stream().filter(id -> !completed.contains(id)).toList();
    }

    /** Since when no scheduler leads, at the latest; null: one does. */
    public @Nullable Instant leaderless() {
        return database.read(handle -> handle.createQuery("""
                        SELECT CASE WHEN l.until > clock_timestamp() THEN NULL
                            WHEN isfinite(l.until) THEN l.until ELSE clock_timestamp() END AS since
                        FROM (VALUES (1)) AS one LEFT JOIN lease l ON l.name = :name""")
                        .bind("name", Database.LEASE)
                        .map((row, _) -> Optional.ofNullable(time(row, "since")))
                        .one())
                .orElse(null);
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
