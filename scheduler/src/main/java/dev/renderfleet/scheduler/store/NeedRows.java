package dev.renderfleet.scheduler.store;

import dev.renderfleet.scheduler.store.StartFailure.NotCompleted;
import dev.renderfleet.scheduler.store.StartFailure.NotHandedOver;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/**
 * What pending jobs wait for. The thread that settles looks at a need after its commit. An outcome that was settled before is then seen,
 * and a later one wakes the need: none is lost (ADR 41).
 */
final class NeedRows {

    /** How long a job that is not known is waited for. */
    static final Duration PATIENCE = Duration.ofHours(24);

    /** The same for one that is needed as parent only: then workers say what their ledger knows. */
    static final Duration PARENT_PATIENCE = Duration.ofMinutes(10);

    private static final int LOOKS_MAX = 1_000;
    private static final int WALKS_MAX = 200;
    private static final HexFormat HEX = HexFormat.of();

    private NeedRows() {}

    /**
     * @param anyway whether the job starts though the needed one did not complete
     * @param state of the needed job; null: the tenant has none of that id
     */
    private record Need(
            long jobNo,
            String needs,
            boolean parent,
            boolean anyway,
            @Nullable Instant until,
            @Nullable JobState state) {

        boolean isExpired(Instant now) {
            return until != null && !now.isBefore(until);
        }
    }

    /** Looks again at what needs these jobs, which have ended. */
    static void wake(Handle handle, Stream<String> ids) {
        handle.createUpdate("UPDATE need SET look_at = '-infinity' WHERE needs = ANY (:ids)")
                .bind("ids", Database.bytes(ids.map(HEX::parseHex)))
                .execute();
    }

    /** Looks at some of the needs that are due. Returns the jobs that can no longer start. */
    static Map<Long, StartFailure> look(Handle handle, Instant now) {
        Map<Long, StartFailure> failures = new TreeMap<>();
        List<Need> met = new ArrayList<>();
        List<Need> open = new ArrayList<>();
        List<Need> unknown = new ArrayList<>();
        List<Need> due = due(handle, now);
        if (due.isEmpty()) {
            return failures;
        }
        for (Need need : due) {
            JobState state = need.state();
            if (state == null && !need.isExpired(now)) {
                unknown.add(need);
            } else if (state == JobState.QUEUED) {
                open.add(need);
            } else if (need.anyway() || state == JobState.COMPLETED || (state == null && need.parent())) {
                met.add(need);
            } else if (state == null) {
                failures.putIfAbsent(need.jobNo(), new NotHandedOver(need.needs()));
            } else {
                failures.putIfAbsent(need.jobNo(), new NotCompleted(need.needs(), state));
            }
        }
        remove(handle, met);
        forget(handle, failures.keySet());
        Set<Long> later = refuseCircles(handle, open, failures);
        open.removeIf(need -> later.contains(need.jobNo()));
        keyed(handle.createUpdate("""
                        UPDATE need n SET look_at = 'infinity' FROM unnest(:jobs, :ids) AS k (job_no, needs)
                        WHERE n.job_no = k.job_no AND n.needs = k.needs"""), open).execute();
        keyed(handle.createUpdate("""
                        UPDATE need n SET until = coalesce(until, t.at), look_at = coalesce(until, t.at)
                        FROM unnest(:jobs, :ids, :times) AS t (job_no, needs, at)
                        WHERE n.job_no = t.job_no AND n.needs = t.needs"""), unknown)
                .bind(
                        "times",
                        Database.times(
                                unknown.stream().map(need -> now.plus(need.parent() ? PARENT_PATIENCE : PATIENCE))))
                .execute();
        return failures;
    }

    /**
     * Locks the jobs first, then the needs, and reads what the jobs are after that. A cancellation that did not see the need has ended
     * then; one that does see it wakes it after this look.
     */
    private static List<Need> due(Handle handle, Instant now) {
        List<Need> keys = handle.createQuery("""
                        SELECT job_no, encode(needs, 'hex') FROM need WHERE look_at <= :now ORDER BY look_at, job_no LIMIT :max""")
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .bind("max", LOOKS_MAX)
                .map((row, _) -> new Need(row.getLong(1), row.getString(2), false, false, null, null))
                .list();
        if (keys.isEmpty()) {
            return keys;
        }
        keyed(handle.createQuery("""
                        SELECT job_no FROM job WHERE job_no = ANY (:jobs) OR job_id = ANY (:ids)
                        ORDER BY job_no FOR UPDATE"""), keys).mapTo(Long.class).list();
        keyed(handle.createQuery("""
                        SELECT n.job_no FROM need n JOIN unnest(:jobs, :ids) AS k (job_no, needs)
                            ON n.job_no = k.job_no AND n.needs = k.needs
                        ORDER BY n.job_no, n.needs FOR UPDATE OF n"""), keys).mapTo(Long.class).list();
        return keyed(handle.createQuery("""
                        SELECT n.job_no, encode(n.needs, 'hex'), n.parent, n.anyway, n.until, x.state
                        FROM unnest(:jobs, :ids) AS k (job_no, needs) JOIN need n ON n.job_no = k.job_no AND n.needs = k.needs
                            JOIN job j ON j.job_no = n.job_no
                            LEFT JOIN job x ON x.job_id = n.needs AND x.tenant_no = j.tenant_no
                        ORDER BY n.job_no"""), keys)
                .map((row, _) -> {
                    OffsetDateTime until = row.getObject(5, OffsetDateTime.class);
                    Integer state = row.getObject(6, Integer.class);
                    return new Need(
                            row.getLong(1),
                            row.getString(2),
                            row.getBoolean(3),
                            row.getBoolean(4),
                            until == null ? null : until.toInstant(),
                            state == null ? null : JobState.of(state));
                })
                .list();
    }

    private static void remove(Handle handle, List<Need> met) {
        keyed(handle.createUpdate("""
                        WITH met AS (DELETE FROM need n USING unnest(:jobs, :ids) AS k (job_no, needs)
                            WHERE n.job_no = k.job_no AND n.needs = k.needs RETURNING n.job_no)
                        UPDATE pending p SET needs_open = p.needs_open - m.count
                        FROM (SELECT job_no, CAST(count(*) AS int) AS count FROM met GROUP BY job_no) m
                        WHERE p.job_no = m.job_no"""), met).execute();
    }

    /** Removes the needs of jobs that can no longer start. */
    private static void forget(Handle handle, Set<Long> jobs) {
        handle.createUpdate("DELETE FROM need WHERE job_no = ANY (:jobs)")
                .bind("jobs", Database.longs(jobs))
                .execute();
    }

    /**
     * The last need of a circle is looked at when all of the circle is committed, so none is missed.
     *
     * @return jobs that are left for the next look
     */
    private static Set<Long> refuseCircles(Handle handle, List<Need> open, Map<Long, StartFailure> failures) {
        Map<Long, String> needed = neededJobs(handle, open);
        needed.keySet().removeAll(failures.keySet());
        List<Long> walked = needed.keySet().stream().limit(WALKS_MAX).toList();
        NeedGraph graph = NeedGraph.of(handle, walked);
        if (!graph.isWhole()) {
            walked = walked.subList(0, 1);
            graph = NeedGraph.of(handle, walked);
        }
        for (Long job : walked) {
            String id = Objects.requireNonNull(needed.remove(job));
            StartFailure failure = graph.failure(id);
            if (failure != null) {
                failures.put(job, failure);
                graph.remove(id);
                forget(handle, Set.of(job));
            }
        }
        return needed.keySet();
    }

    /** Of the jobs those that other jobs need: only these can be part of a circle. */
    private static Map<Long, String> neededJobs(Handle handle, List<Need> open) {
        return handle
                .createQuery("""
                        SELECT job_no, encode(job_id, 'hex') FROM job j
                        WHERE job_no = ANY (:jobs) AND EXISTS (SELECT 1 FROM need n WHERE n.needs = j.job_id)""")
                .bind("jobs", Database.longs(open.stream().map(Need::jobNo)))
                .map((row, _) -> Map.entry(row.getLong(1), row.getString(2)))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (one, _) -> one, TreeMap::new));
    }

    private static <S extends SqlStatement<S>> S keyed(S statement, List<Need> needs) {
        return statement
                .bind("jobs", Database.longs(needs.stream().map(Need::jobNo)))
                .bind("ids", Database.bytes(needs.stream().map(need -> HEX.parseHex(need.needs()))));
    }
}
