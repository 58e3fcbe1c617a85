package dev.renderfleet.scheduler.store;

import dev.renderfleet.scheduler.money.Account;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.money.Headroom;
import dev.renderfleet.scheduler.money.Headroom.Hold;
import dev.renderfleet.scheduler.queue.TenantShare;
import dev.renderfleet.scheduler.queue.WindowState;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** What waits, what was released, and the transaction between the two. For the leader. */
public final class ReleaseStore {

    private static final int FLIGHT_DAYS_MAX = 7;

    private final Database database;
    private final Caps caps;

    public ReleaseStore(Database database, Caps caps) {
        this.database = database;
        this.caps = caps;
    }

    /** A line of jobs. */
    public record FlowRow(long flowNo, int tenantNo, String tenant, String model, int priority) {}

    /**
     * A job that may be released.
     *
     * @param since when it became so, by the clock of PostgreSQL
     */
    public record ReadyJob(long jobNo, Instant since) {}

    /** A released job without outcome. */
    public record FlightRow(long jobNo, long flowNo, int partition, boolean sent, Instant releasedAt) {}

    /** Where Kafka has stored the record of a flight. */
    public record Sent(long jobNo, long offset) {}

    /**
     * What is released of a job.
     *
     * @param reserved null: it has no flight
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record Body(
            long jobNo,
            byte[] job,
            @Nullable String traceparent,
            @Nullable Long reserved,
            int partition) {}

    /** A job that may be released if its accounts allow it. */
    public record Candidate(long jobNo, long flowNo, int tenantNo, int partition, Demand demand) {}

    /**
     * The result of a release.
     *
     * @param reserved by released job
     * @param blocked jobs that stay, and the account that has too little left
     * @param gone jobs that do not wait
     */
    public record Released(Map<Long, Long> reserved, Map<Long, Account.Key> blocked, Set<Long> gone) {}

    public List<FlowRow> flows() {
        return database.read(handle -> handle.createQuery("""
                        SELECT flow_no, tenant_no, name, model, priority FROM flow JOIN tenant USING (tenant_no)""")
                .map((row, _) ->
                        new FlowRow(row.getLong(1), row.getInt(2), row.getString(3), row.getString(4), row.getInt(5)))
                .list());
    }

    /** What each tenant is entitled to. */
    public Map<String, TenantShare> shares() {
        return database.read(handle -> handle
                .createQuery("SELECT name, weight, running_max FROM tenant")
                .map((row, _) ->
                        Map.entry(row.getString(1), TenantShare.of(row.getInt(2), row.getObject(3, Integer.class))))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    /** How many jobs of the model were released since then, but for those that ended without a call. */
    public int released(String model, Instant since) {
        return database.read(handle -> handle.createQuery("""
                        SELECT (SELECT count(*) FROM flight JOIN flow USING (flow_no) WHERE model = :model AND released_at >= :since)
                            + (SELECT count(*) FROM outcome o JOIN job_body USING (job_no) JOIN flow USING (flow_no)
                                WHERE day >= :day AND at >= :since AND model = :model
                                    AND (state = :completed OR spent + unknown > 0))""")
                .bind("model", model)
                .bind("since", since.atOffset(ZoneOffset.UTC))
                // An outcome is booked on the day of its release, some days before at most.
                .bind("day", LocalDate.ofInstant(since, ZoneOffset.UTC).minusDays(FLIGHT_DAYS_MAX))
                .bind("completed", JobState.COMPLETED.code())
                .mapTo(Integer.class)
                .one());
    }

    public List<FlightRow> flights() {
        return database.read(handle -> handle.createQuery("""
                        SELECT job_no, flow_no, partition, record IS NOT NULL, released_at FROM flight ORDER BY released_at""")
                .map((row, _) -> new FlightRow(
                        row.getLong(1),
                        row.getLong(2),
                        row.getInt(3),
                        row.getBoolean(4),
                        row.getObject(5, OffsetDateTime.class).toInstant()))
                .list());
    }

    /** The next waiting jobs of each flow, those with a higher number than its cursor. */
    public Map<Long, List<ReadyJob>> heads(Map<Long, Long> cursors, int limit) {
        if (cursors.isEmpty()) {
            return Map.of();
        }
        return database.read(handle -> handle
                .createQuery("""
                        SELECT f.flow_no, h.job_no, h.since FROM unnest(:flows, :cursors) AS f (flow_no, after),
                        LATERAL (SELECT job_no, since FROM ready r WHERE r.flow_no = f.flow_no AND r.job_no > f.after
                            ORDER BY job_no LIMIT :limit) h""")
                .bind("flows", Database.ints(cursors.keySet().stream().map(Math::toIntExact)))
                .bind("cursors", Database.longs(cursors.values()))
                .bind("limit", limit)
                .map((row, _) -> Map.entry(
                        row.getLong(1),
                        new ReadyJob(
                                row.getLong(2),
                                row.getObject(3, OffsetDateTime.class).toInstant())))
                .stream()
                .collect(Collectors.groupingBy(
                        Map.Entry::getKey, Collectors.mapping(Map.Entry::getValue, Collectors.toList()))));
    }

    public Map<Long, Body> bodies(Collection<Long> jobs) {
        return database.read(handle -> handle
                .createQuery("""
                        SELECT job_no, body, traceparent, reserved, partition
                        FROM job_body LEFT JOIN flight USING (job_no) WHERE job_no = ANY (:jobs)""")
                .bind("jobs", Database.longs(jobs))
                .map((row, _) -> new Body(
                        row.getLong(1), row.getBytes(2), row.getString(3), row.getObject(4, Long.class), row.getInt(5)))
                .stream()
                .collect(Collectors.toMap(Body::jobNo, body -> body)));
    }

    /**
     * Holds the money of the candidates in their order, and makes flights of those for which it suffices: all in one transaction.
     * After a candidate that is blocked no later one of its flow is released.
     *
     * @param sent of earlier releases
     */
    public Released release(long epoch, List<Candidate> candidates, List<Sent> sent, Instant now) {
        LocalDate day = LocalDate.ofInstant(now, ZoneOffset.UTC);
        return database.writeAsLeader(epoch, handle -> {
            Headroom headroom = new Headroom(AccountRows.lock(
                    handle,
                    candidates.stream()
                            .flatMap(candidate -> Headroom.scopes(candidate.tenantNo(), day).stream())
                            .toList(),
                    caps));
            Map<Long, Long> reserved = new LinkedHashMap<>();
            Map<Long, Account.Key> blocked = new HashMap<>();
            Map<Long, Account.Key> blockedFlows = new HashMap<>();
            for (Candidate candidate : candidates) {
                Account.Key earlier = blockedFlows.get(candidate.flowNo());
                if (earlier != null) {
                    blocked.put(candidate.jobNo(), earlier);
                    continue;
                }
                switch (headroom.hold(candidate.tenantNo(), day, candidate.demand())) {
                    case Hold.Held(long amount) -> reserved.put(candidate.jobNo(), amount);
                    case Hold.TooLittle(Account.Key account, long _) -> {
                        blocked.put(candidate.jobNo(), account);
                        blockedFlows.put(candidate.flowNo(), account);
                    }
                }
            }
            List<Candidate> admitted = candidates.stream()
                    .filter(candidate -> reserved.containsKey(candidate.jobNo()))
                    .toList();
            Set<Long> gone = new HashSet<>(reserved.keySet());
            gone.removeAll(unqueue(handle, admitted));
            List<Candidate> leaving = admitted.stream()
                    .filter(candidate -> !gone.contains(candidate.jobNo()))
                    .toList();
            admitted.stream()
                    .filter(candidate -> gone.contains(candidate.jobNo()))
                    .forEach(candidate -> headroom.giveBack(
                            candidate.tenantNo(), day, Objects.requireNonNull(reserved.remove(candidate.jobNo()))));
            Map<Account.Key, AccountRows.Change> changes = new TreeMap<>();
            headroom.held().forEach((key, amount) -> changes.put(key, new AccountRows.Change(amount, 0, 0)));
            AccountRows.change(handle, changes);
            insertFlights(handle, leaving, reserved, day, now);
            mark(handle, sent);
            return new Released(reserved, blocked, gone);
        });
    }

    /** Jobs a second at which a leader released each model last, if that was after {@code since}. */
    public Map<String, Double> learnedRates(Instant since) {
        return database.read(handle -> handle
                .createQuery("SELECT model, per_second FROM model_line WHERE at > :since")
                .bind("since", since.atOffset(ZoneOffset.UTC))
                .map((row, _) -> Map.entry(row.getString(1), row.getDouble(2)))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    /** Says what the leader knows of the models' lines, for answers of all schedulers. */
    public void writeLines(long epoch, List<ModelLine> lines) {
        database.useAsLeader(epoch, handle -> {
            handle.execute("DELETE FROM model_line");
            for (ModelLine line : lines) {
                WindowState window = line.window();
                WindowState.ModelHeld hold = window.hold();
                handle.createUpdate("""
                                INSERT INTO model_line VALUES (:model, :at, :balanced, :flights, :flightsMax, :perSecond, :full,
                                    :holdUntil, :holdReason, :dayReleased, :dayMax, :dayUntil, :tenants, :shares)""")
                        .bind("model", line.model())
                        .bind("at", line.at().atOffset(ZoneOffset.UTC))
                        .bind("balanced", line.balanced())
                        .bind("flights", window.flights())
                        .bind("flightsMax", window.flightsMax())
                        .bind("perSecond", window.perSecond())
                        .bind("full", window.full())
                        .bind("holdUntil", utc(hold == null ? null : hold.until()))
                        .bind("holdReason", hold == null ? null : hold.reason())
                        .bind("dayReleased", window.day().released())
                        .bind("dayMax", window.day().max())
                        .bind("dayUntil", utc(window.day().usedUpUntil()))
                        .bind("tenants", Database.texts(line.shares().keySet().stream()))
                        .bind(
                                "shares",
                                Database.array("float8", line.shares().values().toArray()))
                        .execute();
            }
        });
    }

    private static @Nullable OffsetDateTime utc(@Nullable Instant time) {
        return time == null ? null : time.atOffset(ZoneOffset.UTC);
    }

    static void mark(Handle handle, List<Sent> sent) {
        if (!sent.isEmpty()) {
            handle.createUpdate("""
                            UPDATE flight f SET record = s.record FROM unnest(:jobs, :records) AS s (job_no, record)
                            WHERE f.job_no = s.job_no""")
                    .bind("jobs", Database.longs(sent.stream().map(Sent::jobNo)))
                    .bind("records", Database.longs(sent.stream().map(Sent::offset)))
                    .execute();
        }
    }

    /**
     * Takes jobs out of the queue. A job that flies already, as a duplicate of its request may make it, shares that flight's outcome. A
     * queue that was empty when PostgreSQL last counted it may have a million rows now, so the statement leaves no choice but a look-up
     * of each key: as a join it took 24 s at 200,000 rows.
     */
    private static Set<Long> unqueue(Handle handle, List<Candidate> jobs) {
        return handle.createQuery("""
                        WITH taken AS (DELETE FROM ready WHERE ctid = ANY (ARRAY (
                            SELECT r.ctid FROM unnest(:flows, :jobs) AS d (flow_no, job_no), LATERAL (
                                SELECT ctid FROM ready WHERE flow_no = d.flow_no AND job_no = d.job_no LIMIT 1) r)) RETURNING job_no)
                        SELECT job_no FROM taken t WHERE NOT EXISTS (SELECT 1 FROM flight f WHERE f.job_no = t.job_no)""")
                .bind("flows", Database.ints(jobs.stream().map(job -> Math.toIntExact(job.flowNo()))))
                .bind("jobs", Database.longs(jobs.stream().map(Candidate::jobNo)))
                .mapTo(Long.class)
                .set();
    }

    private static void insertFlights(
            Handle handle, List<Candidate> jobs, Map<Long, Long> reserved, LocalDate day, Instant now) {
        handle.createUpdate("""
                        INSERT INTO flight (job_no, flow_no, tenant_no, day, reserved, partition, released_at)
                        SELECT job, flow, tenant, :day, held, part, :now
                        FROM unnest(:jobs, :flows, :tenants, :held, :partitions) AS f (job, flow, tenant, held, part)""")
                .bind("jobs", Database.longs(jobs.stream().map(Candidate::jobNo)))
                .bind("flows", Database.ints(jobs.stream().map(job -> Math.toIntExact(job.flowNo()))))
                .bind("tenants", Database.ints(jobs.stream().map(Candidate::tenantNo)))
                .bind("held", Database.longs(jobs.stream().map(job -> reserved.get(job.jobNo()))))
                .bind("partitions", Database.ints(jobs.stream().map(Candidate::partition)))
                .bind("day", day)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .execute();
    }
}
