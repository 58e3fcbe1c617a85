package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.ReleaseStore.Released;
import dev.renderfleet.scheduler.store.SettleStore.Bill;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 200 jobs of mixed sizes at once past a cap of 1 USD: never a cent over, and every amount adds up. */
class MoneyTest {

    private static final int JOBS = 200;
    private static final int ROUNDS = 3;
    private static final long CAP = 1_000_000;
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final OffsetMove NO_MOVE = new OffsetMove("render.events", Map.of(), Map.of());

    private static TestDatabase test;
    private static Database database;

    @BeforeAll
    static void open() {
        test = TestDatabase.create();
        database = test.database();
    }

    @AfterAll
    static void close() {
        test.close();
    }

    @Test
    void neverACentOver() throws Exception {
        neverACentOver(1);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(longs = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21})
    void neverACentOver(long seed) throws Exception {
        Random random = new Random(seed);
        long epoch = test.lead();
        String tenant = "shop-" + seed;
        var caps = new Caps(null, CAP, null);
        var tenants = new TenantDirectory(database);
        var release = new ReleaseStore(database, caps);
        var settle = new SettleStore(database, tenants, caps);
        Map<Long, NewJob> jobs = submit(tenant, tenants);
        List<Candidate> waiting = candidates(tenant, jobs, random);
        long spent = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Map<Long, Long> reserved = releaseAtOnce(release, epoch, waiting);
            long held = reserved.values().stream().mapToLong(Long::longValue).sum();
            assertThat(spent + held).as("seed %s", seed).isLessThanOrEqualTo(CAP);
            waiting.removeIf(candidate -> reserved.containsKey(candidate.jobNo()));
            List<Bill> bills = new ArrayList<>();
            for (Map.Entry<Long, Long> flight : reserved.entrySet()) {
                long bill = random.nextLong(flight.getValue() + 1);
                spent += bill;
                bills.add(bill(Objects.requireNonNull(jobs.get(flight.getKey())), bill, random.nextInt(10) == 0));
            }
            settle.settle(epoch, NO_MOVE, bills, List.of(), List.of());
        }
        assertThat(waiting).as("not all fit, seed %s", seed).isNotEmpty();
        assertThat(spent).as("most of the cap was spent, seed %s", seed).isGreaterThan(CAP / 2);
        assertThat(spent).isLessThanOrEqualTo(CAP);
        assertThat(new MoneyStore(database, new TenantDirectory(database)).audit())
                .as("seed %s", seed)
                .isEmpty();
    }

    private static Map<Long, NewJob> submit(String tenant, TenantDirectory tenants) {
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            String id = JobId.of(tenant, "job-" + i).value();
            jobs.add(new NewJob(id, "ab".repeat(32), tenant, "model", 5, new byte[] {1}, null));
        }
        assertThat(new IntakeStore(database, tenants).accept(jobs)).containsOnly(Arrival.ACCEPTED);
        Map<String, NewJob> byId = new HashMap<>();
        jobs.forEach(job -> byId.put(job.id(), job));
        return database.read(handle -> handle.createQuery(
                        "SELECT job_no, encode(job_id, 'hex') FROM job JOIN ready USING (job_no) JOIN tenant USING (tenant_no) WHERE name = :tenant")
                .bind("tenant", tenant)
                .reduceRows(new HashMap<>(), (map, row) -> {
                    map.put(
                            row.getColumn(1, Long.class),
                            Objects.requireNonNull(byId.get(row.getColumn(2, String.class))));
                    return map;
                }));
    }

    private static List<Candidate> candidates(String tenant, Map<Long, NewJob> jobs, Random random) {
        ReleaseStore.FlowRow flow = new ReleaseStore(database, Caps.NONE)
                .flows().stream()
                        .filter(row -> row.tenant().equals(tenant))
                        .findFirst()
                        .orElseThrow();
        List<Candidate> candidates = new ArrayList<>();
        jobs.keySet().stream()
                .sorted()
                .forEach(job -> candidates.add(new Candidate(
                        job,
                        flow.flowNo(),
                        flow.tenantNo(),
                        0,
                        Demand.of(random.nextLong(1_000, 60_000), 2, OptionalLong.empty()))));
        return candidates;
    }

    private static Map<Long, Long> releaseAtOnce(ReleaseStore store, long epoch, List<Candidate> waiting)
            throws Exception {
        Map<Long, Long> reserved = new HashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Released>> calls = new ArrayList<>();
            for (Candidate candidate : waiting) {
                calls.add(() -> store.release(epoch, List.of(candidate), List.of(), NOW));
            }
            for (Future<Released> result : threads.invokeAll(calls)) {
                reserved.putAll(result.get().reserved());
            }
        }
        return reserved;
    }

    private static Bill bill(NewJob job, long usdMicros, boolean unknown) {
        String record = "render.jobs/0/" + job.id();
        return new Bill(
                job.id() + ":completed:" + record,
                record,
                false,
                job.id(),
                job.fingerprint(),
                job.tenant(),
                JobState.COMPLETED,
                unknown ? 0 : usdMicros,
                unknown ? usdMicros : 0,
                NOW,
                "{}".getBytes(StandardCharsets.UTF_8));
    }
}
