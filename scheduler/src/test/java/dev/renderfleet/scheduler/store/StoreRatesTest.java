package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.ReleaseStore.ReadyJob;
import dev.renderfleet.scheduler.store.ReleaseStore.Sent;
import dev.renderfleet.scheduler.store.SettleStore.Bill;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Prints how many jobs of 1 kB a second the store takes in, and how many it releases and settles; no bound is asserted. */
@Tag("long")
class StoreRatesTest {

    private static final int JOBS = 40_000;
    private static final int INTAKE = 2_000;
    private static final int RELEASE = 500;
    private static final String PRINT = "ab".repeat(32);
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    @Test
    void ratesOfIntakeReleaseAndSettling() {
        try (var test = TestDatabase.create()) {
            var tenants = new TenantDirectory(test.database());
            var intake = new IntakeStore(test.database(), tenants);
            var release = new ReleaseStore(test.database(), Caps.NONE);
            var settle = new SettleStore(test.database(), tenants, Caps.NONE);
            long epoch = test.lead();

            long begin = System.nanoTime();
            for (int i = 0; i < JOBS; i += INTAKE) {
                List<NewJob> jobs = new ArrayList<>();
                for (int j = i; j < i + INTAKE; j++) {
                    jobs.add(new NewJob(id(j), PRINT, "shop", "model", 5, new byte[1_000], null));
                }
                intake.accept(jobs);
            }
            log("intake", begin);

            Map<Long, String> ids = test.database()
                    .read(handle -> handle
                            .createQuery("SELECT job_no, encode(job_id, 'hex') FROM job")
                            .map((row, _) -> Map.entry(row.getLong(1), row.getString(2)))
                            .stream()
                            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));

            begin = System.nanoTime();
            int settled = 0;
            for (int i = 0; i < JOBS; i += RELEASE) {
                List<Candidate> candidates = new ArrayList<>();
                for (ReadyJob job : Objects.requireNonNull(
                        release.heads(Map.of(1L, 0L), RELEASE).get(1L))) {
                    candidates.add(new Candidate(job.jobNo(), 1, 1, 0, new Demand(100, 200)));
                }
                release.bodies(candidates.stream().map(Candidate::jobNo).toList());
                release.release(epoch, candidates, List.of(), NOW);
                List<Bill> bills = new ArrayList<>();
                List<Sent> sent = new ArrayList<>();
                for (Candidate candidate : candidates) {
                    String record = "render.jobs/0/" + candidate.jobNo();
                    bills.add(bill(Objects.requireNonNull(ids.get(candidate.jobNo())), record));
                    sent.add(new Sent(candidate.jobNo(), candidate.jobNo()));
                }
                settled += settle.settle(epoch, new OffsetMove("t", Map.of(), Map.of()), bills, List.of(), sent)
                        .size();
            }
            log("release and settle", begin);

            assertThat(settled).isEqualTo(JOBS);
            assertThat(new MoneyStore(test.database(), new TenantDirectory(test.database())).audit())
                    .isEmpty();
        }
    }

    private static String id(int number) {
        return JobId.of("shop", "job-" + number).value();
    }

    private static Bill bill(String id, String record) {
        return new Bill(
                id + ":completed:" + record,
                record,
                false,
                id,
                PRINT,
                "shop",
                JobState.COMPLETED,
                90,
                0,
                NOW,
                new byte[700]);
    }

    private static void log(String what, long begin) {
        System.out.printf("%s: %.0f jobs a second%n", what, JOBS * 1e9 / (System.nanoTime() - begin));
    }
}
