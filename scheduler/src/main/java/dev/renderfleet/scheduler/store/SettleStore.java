package dev.renderfleet.scheduler.store;

import static java.util.stream.Collectors.toMap;

import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.money.Account;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Headroom;
import dev.renderfleet.scheduler.store.AccountRows.Change;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Books outcomes, each once, and ends flights. For the leader. */
public final class SettleStore {

    private static final HexFormat HEX = HexFormat.of();

    private final Database database;
    private final TenantDirectory tenants;
    private final Caps caps;

    public SettleStore(Database database, TenantDirectory tenants, Caps caps) {
        this.database = database;
        this.tenants = tenants;
        this.caps = caps;
    }

    /**
     * An outcome with its bill.
     *
     * @param eventId names the record that led to the outcome: a replay has the same
     * @param record that record, as {@code topic/partition/offset}
     * @param replay whether a worker published it for another record
     * @param spent in millionths of a US dollar
     * @param unknown the same of calls that may have been billed
     * @param at when it happened, by the event
     * @param event as read
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record Bill(
            String eventId,
            String record,
            boolean replay,
            String jobId,
            String fingerprint,
            String tenant,
            JobState state,
            long spent,
            long unknown,
            Instant at,
            byte[] event) {}

    /** @param flight null: none */
    private record Known(
            long jobNo, String fingerprint, @Nullable Flight flight) {}

    private record Flight(long jobNo, int tenantNo, LocalDate day, long reserved, String record) {
        /**
         * Whether no record of this flight is called any more: one has led to this outcome, or would be answered by a replay of it (ADR
         * 39). A failure or a rejection that another record led to may be none of which the worker keeps a note.
         */
        boolean endsWith(Bill bill) {
            return bill.replay()
                    || bill.state() == JobState.COMPLETED
                    || bill.record().equals(record);
        }
    }

    private record Booked(Bill bill, Known job, LocalDate day) {}

    /**
     * Books the bills of a poll, ends flights and moves the offsets, or none of it. Bills of jobs that came by the direct door are
     * booked as well.
     *
     * @param own ids of this scheduler's own events, which are read back
     * @param sent of earlier releases
     * @return the jobs whose flights ended, and the bills that ended them
     */
    public Map<Long, Bill> settle(
            long epoch, OffsetMove offsets, List<Bill> bills, List<String> own, List<ReleaseStore.Sent> sent) {
        tenants.enrol(bills.stream().map(Bill::tenant).toList());
        return database.writeAsLeader(epoch, handle -> {
            offsets.apply(handle);
            OutboxStore.remove(handle, own);
            ReleaseStore.mark(handle, sent);
            return bills.isEmpty() ? Map.of() : book(handle, bills);
        });
    }

    private Map<Long, Bill> book(Handle handle, List<Bill> bills) {
        insertDirect(handle, bills);
        Map<String, Known> jobs = find(handle, bills);
        Map<Long, Flight> ended = new LinkedHashMap<>();
        Map<String, Booked> booked = new TreeMap<>();
        Map<Long, Bill> outcomes = new TreeMap<>();
        for (Bill bill : bills) {
            Known job = Objects.requireNonNull(jobs.get(bill.jobId()));
            boolean same = job.fingerprint().equals(bill.fingerprint());
            Flight flight = same ? job.flight() : null;
            LocalDate day = flight == null ? LocalDate.ofInstant(bill.at(), ZoneOffset.UTC) : flight.day();
            booked.putIfAbsent(bill.eventId(), new Booked(bill, job, day));
            if (flight != null && flight.endsWith(bill)) {
                ended.put(job.jobNo(), flight);
            }
            if (same && (flight == null || ended.containsKey(job.jobNo()))) {
                outcomes.put(job.jobNo(), bill);
            }
        }
        lock(handle, booked.values());
        AccountRows.change(handle, changes(booked.values(), insertOutcomes(handle, booked.values()), ended.values()));
        endJobs(handle, outcomes);
        for (String table : List.of("flight", "cancellation")) {
            handle.createUpdate("DELETE FROM " + table + " WHERE job_no = ANY (:jobs)")
                    .bind("jobs", Database.longs(ended.keySet()))
                    .execute();
        }
        outcomes.keySet().retainAll(ended.keySet());
        return outcomes;
    }

    /** Jobs that no door of the scheduler has seen. */
    private void insertDirect(Handle handle, List<Bill> bills) {
        Map<String, Bill> first = new TreeMap<>();
        bills.forEach(bill -> first.putIfAbsent(bill.jobId(), bill));
        handle.createUpdate("""
                        INSERT INTO job (job_id, fingerprint, tenant_no, state)
                        SELECT id, print, tenant, 0 FROM unnest(:ids, :prints, :tenants) AS j (id, print, tenant)
                        ON CONFLICT (job_id) DO NOTHING""")
                .bind("ids", Database.bytes(first.keySet().stream().map(HEX::parseHex)))
                .bind("prints", Database.bytes(first.values().stream().map(bill -> HEX.parseHex(bill.fingerprint()))))
                .bind("tenants", Database.ints(first.values().stream().map(bill -> tenants.number(bill.tenant()))))
                .execute();
    }

    private static Map<String, Known> find(Handle handle, List<Bill> bills) {
        return handle
                .createQuery("""
                        SELECT job_id, j.job_no, fingerprint, j.tenant_no, day, reserved, partition, record
                        FROM job j LEFT JOIN flight f ON f.job_no = j.job_no WHERE job_id = ANY (:ids)""")
                .bind("ids", Database.bytes(bills.stream().map(bill -> HEX.parseHex(bill.jobId()))))
                .map((row, _) -> {
                    LocalDate day = row.getObject("day", LocalDate.class);
                    long jobNo = row.getLong("job_no");
                    Flight flight = day == null
                            ? null
                            : new Flight(
                                    jobNo,
                                    row.getInt("tenant_no"),
                                    day,
                                    row.getLong("reserved"),
                                    Topics.JOBS + "/" + row.getInt("partition") + "/" + row.getString("record"));
                    return Map.entry(
                            HEX.formatHex(row.getBytes("job_id")),
                            new Known(jobNo, HEX.formatHex(row.getBytes("fingerprint")), flight));
                })
                .stream()
                .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private void lock(Handle handle, Collection<Booked> booked) {
        AccountRows.lock(
                handle,
                booked.stream()
                        .flatMap(each ->
                                Headroom.scopes(tenants.number(each.bill().tenant()), each.day()).stream())
                        .toList(),
                caps);
    }

    private Set<String> insertOutcomes(Handle handle, Collection<Booked> booked) {
        return handle.createQuery("""
                        INSERT INTO outcome (event_id, job_no, tenant_no, day, at, state, direct, spent, unknown, event)
                        SELECT * FROM unnest(:ids, :jobs, :tenants, :days, :times, :states, :direct, :spent, :unknown, :events)
                        ON CONFLICT (event_id) DO NOTHING RETURNING event_id""")
                .bind(
                        "ids",
                        Database.texts(booked.stream().map(each -> each.bill().eventId())))
                .bind(
                        "jobs",
                        Database.longs(booked.stream().map(each -> each.job().jobNo())))
                .bind(
                        "tenants",
                        Database.ints(booked.stream()
                                .map(each -> tenants.number(each.bill().tenant()))))
                .bind(
                        "days",
                        Database.array("date", booked.stream().map(Booked::day).toArray()))
                .bind(
                        "times",
                        Database.times(booked.stream().map(each -> each.bill().at())))
                .bind(
                        "states",
                        Database.array(
                                "smallint",
                                booked.stream()
                                        .map(each -> each.bill().state().code())
                                        .toArray()))
                .bind(
                        "direct",
                        Database.array(
                                "boolean",
                                booked.stream()
                                        .map(each -> each.job().flight() == null)
                                        .toArray()))
                .bind(
                        "spent",
                        Database.longs(booked.stream().map(each -> each.bill().spent())))
                .bind(
                        "unknown",
                        Database.longs(booked.stream().map(each -> each.bill().unknown())))
                .bind(
                        "events",
                        Database.bytes(booked.stream().map(each -> each.bill().event())))
                .mapTo(String.class)
                .set();
    }

    private Map<Account.Key, Change> changes(Collection<Booked> booked, Set<String> fresh, Collection<Flight> ended) {
        Map<Account.Key, Change> changes = new TreeMap<>();
        booked.stream()
                .filter(each -> fresh.contains(each.bill().eventId()))
                .forEach(each -> add(
                        changes,
                        tenants.number(each.bill().tenant()),
                        each.day(),
                        new Change(0, each.bill().unknown(), each.bill().spent())));
        ended.forEach(flight -> add(changes, flight.tenantNo(), flight.day(), new Change(-flight.reserved(), 0, 0)));
        return changes;
    }

    private static void add(Map<Account.Key, Change> changes, int tenant, LocalDate day, Change change) {
        Headroom.scopes(tenant, day).forEach(scope -> changes.merge(scope, change, Change::plus));
    }

    private static void endJobs(Handle handle, Map<Long, Bill> last) {
        handle.createUpdate("""
                        UPDATE job j SET state = e.state, ended_at = e.at
                        FROM unnest(:jobs, :states, :times) AS e (job_no, state, at) WHERE j.job_no = e.job_no""")
                .bind("jobs", Database.longs(last.keySet()))
                .bind(
                        "states",
                        Database.array(
                                "smallint",
                                last.values().stream()
                                        .map(bill -> bill.state().code())
                                        .toArray()))
                .bind("times", Database.times(last.values().stream().map(Bill::at)))
                .execute();
        NeedRows.wake(handle, last.values().stream().map(Bill::jobId));
    }
}
