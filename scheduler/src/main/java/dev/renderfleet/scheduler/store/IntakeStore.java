package dev.renderfleet.scheduler.store;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;

/** Stores jobs, each once. Safe for use by many threads. */
public final class IntakeStore {

    private static final int NOTIFICATION_CHARS_MAX = 7_000;

    private static final HexFormat HEX = HexFormat.of();

    private final Database database;
    private final TenantDirectory tenants;
    private final Map<Line, Integer> flows = new ConcurrentHashMap<>();

    public IntakeStore(Database database, TenantDirectory tenants) {
        this.database = database;
        this.tenants = tenants;
    }

    private record Line(int tenantNo, String model, int priority) {}

    /** @param canceledByWorker false if it was canceled while it waited, so that no worker knows it */
    private record Known(long jobNo, String fingerprint, JobState state, boolean canceledByWorker) {
        /** Whether workers have its outcome, which they publish again at once. */
        boolean isReplayed() {
            return state == JobState.COMPLETED || state == JobState.FAILED || canceledByWorker;
        }
    }

    /** @param terms when it may start; of one whose outcome is replayed: at any time */
    record QueuedJob(NewJob job, long jobNo, int flowNo, StartTerms terms) {}

    /** Stores the jobs of a REST call. Returns what became of each, in their order. */
    public List<Arrival> accept(List<NewJob> jobs) {
        enrol(jobs);
        return database.write(handle -> store(handle, jobs, false));
    }

    /**
     * Stores the jobs of a poll, puts refusals into the outbox and moves the offsets, or none of it. A job that has an outcome is queued
     * for a replay of it.
     *
     * @param refusals of records that are no jobs
     * @param conflict the refusal of the job at this index
     */
    public void accept(
            long epoch,
            OffsetMove offsets,
            List<NewJob> jobs,
            List<OutboxRow> refusals,
            IntFunction<OutboxRow> conflict) {
        enrol(jobs);
        database.useAsLeader(epoch, handle -> {
            offsets.apply(handle);
            List<Arrival> arrivals = store(handle, jobs, true);
            OutboxStore.add(handle, refusals);
            OutboxStore.add(
                    handle,
                    IntStream.range(0, jobs.size())
                            .filter(index -> arrivals.get(index) == Arrival.CONFLICT)
                            .mapToObj(conflict)
                            .toList());
        });
    }

    /** In transactions of their own, so that a new line makes no other door wait. */
    private void enrol(List<NewJob> jobs) {
        tenants.enrol(jobs.stream().map(NewJob::tenant).toList());
        jobs.stream()
                .map(this::line)
                .distinct()
                .filter(line -> !flows.containsKey(line))
                .forEach(line -> flows.put(line, database.write(handle -> flow(handle, line))));
    }

    private static int flow(Handle handle, Line line) {
        return handle.createQuery("""
                        WITH made AS (INSERT INTO flow (tenant_no, model, priority) VALUES (:tenant, :model, :priority)
                          ON CONFLICT DO NOTHING RETURNING flow_no)
                        SELECT flow_no FROM made UNION ALL
                        SELECT flow_no FROM flow WHERE tenant_no = :tenant AND model = :model AND priority = :priority""")
                .bind("tenant", line.tenantNo())
                .bind("model", line.model())
                .bind("priority", line.priority())
                .mapTo(Integer.class)
                .findOne()
                // Made by another transaction after this statement began.
                .orElseGet(() -> flow(handle, line));
    }

    private Line line(NewJob job) {
        return new Line(tenants.number(job.tenant()), job.model(), job.priority());
    }

    private List<Arrival> store(Handle handle, List<NewJob> jobs, boolean replays) {
        Map<String, Integer> first = new TreeMap<>(); // In order: two doors with the same ids must not deadlock.
        for (int i = 0; i < jobs.size(); i++) {
            first.putIfAbsent(jobs.get(i).id(), i);
        }
        Map<String, Long> numbers =
                insert(handle, first.values().stream().map(jobs::get).toList());
        Map<String, Known> known = find(
                handle,
                first.keySet().stream().filter(id -> !numbers.containsKey(id)).toList());
        List<Arrival> arrivals = new ArrayList<>();
        Map<String, QueuedJob> queued = new TreeMap<>();
        List<Long> again = new ArrayList<>();
        for (int i = 0; i < jobs.size(); i++) {
            NewJob job = jobs.get(i);
            Known before = known.get(job.id());
            int earlier = first.getOrDefault(job.id(), i);
            Arrival arrival = before != null
                    ? ofKnown(job, before)
                    : earlier == i ? Arrival.ACCEPTED : ofRepeated(job, jobs.get(earlier));
            arrivals.add(arrival);
            if (arrival == Arrival.ACCEPTED || (replays && arrival == Arrival.ENDED)) {
                long jobNo = before == null ? Objects.requireNonNull(numbers.get(job.id())) : before.jobNo();
                int flowNo = Objects.requireNonNull(flows.get(line(job)), "not enrolled");
                StartTerms terms = before != null && before.isReplayed() ? StartTerms.NONE : job.terms();
                queued.put(job.id(), new QueuedJob(job, jobNo, flowNo, terms));
                if (arrival == Arrival.ACCEPTED && before != null) {
                    again.add(jobNo);
                }
            }
        }
        queue(handle, List.copyOf(queued.values()));
        if (!again.isEmpty()) {
            handle.createUpdate(
                            "UPDATE job SET state = 0, ended_at = NULL WHERE job_no = ANY (:jobs) AND state = :canceled")
                    .bind("jobs", Database.longs(again))
                    .bind("canceled", JobState.CANCELED.code())
                    .execute();
        }
        return arrivals;
    }

    private static Arrival ofRepeated(NewJob job, NewJob first) {
        return job.fingerprint().equals(first.fingerprint()) ? Arrival.JOINED : Arrival.CONFLICT;
    }

    private static Arrival ofKnown(NewJob job, Known known) {
        if (!known.fingerprint().equals(job.fingerprint())) {
            return Arrival.CONFLICT;
        }
        return switch (known.state()) {
            case QUEUED -> Arrival.JOINED;
            case CANCELED -> known.canceledByWorker() ? Arrival.ENDED : Arrival.ACCEPTED;
            case COMPLETED, FAILED, REJECTED -> Arrival.ENDED;
        };
    }

    private Map<String, Long> insert(Handle handle, Collection<NewJob> jobs) {
        return handle
                .createQuery("""
                        INSERT INTO job (job_id, fingerprint, tenant_no, state)
                        SELECT id, print, tenant, 0 FROM unnest(:ids, :prints, :tenants) AS j (id, print, tenant)
                        ON CONFLICT (job_id) DO NOTHING RETURNING job_no, job_id""")
                .bind("ids", Database.bytes(jobs.stream().map(job -> HEX.parseHex(job.id()))))
                .bind("prints", Database.bytes(jobs.stream().map(job -> HEX.parseHex(job.fingerprint()))))
                .bind(
                        "tenants",
                        Database.ints(jobs.stream().map(job -> line(job).tenantNo())))
                .map((row, _) -> Map.entry(HEX.formatHex(row.getBytes(2)), row.getLong(1)))
                .stream()
                .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static Map<String, Known> find(Handle handle, List<String> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return handle
                .createQuery("""
                        SELECT job_no, job_id, fingerprint, state, state = :canceled AND EXISTS (
                            SELECT 1 FROM outcome o WHERE o.job_no = job.job_no AND o.state = :canceled)
                        FROM job WHERE job_id = ANY (:ids)""")
                .bind("ids", Database.bytes(ids.stream().map(HEX::parseHex)))
                .bind("canceled", JobState.CANCELED.code())
                .map((row, _) -> Map.entry(
                        HEX.formatHex(row.getBytes(2)),
                        new Known(
                                row.getLong(1),
                                HEX.formatHex(row.getBytes(3)),
                                JobState.of(row.getInt(4)),
                                row.getBoolean(5))))
                .stream()
                .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static void queue(Handle handle, List<QueuedJob> jobs) {
        if (jobs.isEmpty()) {
            return;
        }
        handle.createUpdate("""
                        INSERT INTO job_body (job_no, flow_no, body, traceparent)
                        SELECT no, flow, body, nullif(trace, '')
                        FROM unnest(:jobs, :flows, :bodies, :traces) AS j (no, flow, body, trace)
                        ON CONFLICT (job_no) DO UPDATE
                            SET flow_no = excluded.flow_no, body = excluded.body, traceparent = excluded.traceparent""")
                .bind("jobs", Database.longs(jobs.stream().map(QueuedJob::jobNo)))
                .bind("flows", Database.ints(jobs.stream().map(QueuedJob::flowNo)))
                .bind(
                        "bodies",
                        Database.bytes(jobs.stream().map(job -> job.job().body())))
                .bind(
                        "traces",
                        Database.texts(jobs.stream()
                                .map(job -> Objects.requireNonNullElse(job.job().traceparent(), ""))))
                .execute();
        WaitRows.insertDeadlines(handle, jobs);
        WaitRows.insert(handle, jobs.stream().filter(job -> job.terms().waits()).toList());
        List<QueuedJob> ready =
                jobs.stream().filter(job -> !job.terms().waits()).toList();
        if (!ready.isEmpty()) {
            handle.createUpdate("INSERT INTO ready (flow_no, job_no) SELECT * FROM unnest(:flows, :jobs) ON CONFLICT DO"
                            + " NOTHING")
                    .bind("flows", Database.ints(ready.stream().map(QueuedJob::flowNo)))
                    .bind("jobs", Database.longs(ready.stream().map(QueuedJob::jobNo)))
                    .execute();
            wakeLeader(handle, ready);
        }
    }

    /** Once a transaction, since PostgreSQL takes a global lock for it: each flow with its first new job, or nothing for "any". */
    private static void wakeLeader(Handle handle, List<QueuedJob> jobs) {
        Map<Integer, Long> first = new TreeMap<>();
        jobs.forEach(job -> first.merge(job.flowNo(), job.jobNo(), Math::min));
        String text = first.entrySet().stream()
                .map(flow -> flow.getKey() + ":" + flow.getValue())
                .collect(joining(","));
        ReadyListener.wake(handle, text.length() > NOTIFICATION_CHARS_MAX ? "" : text);
    }
}
