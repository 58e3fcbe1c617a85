package dev.renderfleet.scheduler.release;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.queue.TenantShare;
import dev.renderfleet.scheduler.queue.WindowState;
import dev.renderfleet.scheduler.queue.WindowState.ModelDay;
import dev.renderfleet.scheduler.release.WaitingJobs.Picked;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.JobState;
import dev.renderfleet.scheduler.store.ModelLine;
import dev.renderfleet.scheduler.store.NewJob;
import dev.renderfleet.scheduler.store.OffsetMove;
import dev.renderfleet.scheduler.store.ReleaseStore;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.ReleaseStore.Sent;
import dev.renderfleet.scheduler.store.SettleStore;
import dev.renderfleet.scheduler.store.SettleStore.Bill;
import dev.renderfleet.scheduler.store.TenantDirectory;
import dev.renderfleet.scheduler.store.TestDatabase;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a leader knows of the queue when it begins. */
class WaitingJobsTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final String RED = "ab".repeat(32);

    /** Three requests a day. */
    private static final String CATALOGUE = """
        version: "1"
        providers:
          - {name: lab, type: openai-compatible, profile: vllm-omni}
        models:
          - id: lab-model
            provider: lab
            sizes: ["1K"]
            ratios: ["1:4..4:1"]
            formats: [png, jpeg, webp]
            references-max: 1
            capabilities: [edit, seed, mask]
            quality: 65
            typical-seconds: 20
            timeout: PT5M
            quota: {requests-per-day: 3}
            prices: {gpu-second: 600, source: "rent of the server", verified: 2026-11-30}
        """;

    private TestDatabase test;
    private TenantDirectory tenants;
    private ReleaseStore store;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        tenants = new TenantDirectory(test.database());
        store = new ReleaseStore(test.database(), Caps.NONE);
    }

    @AfterEach
    void close() {
        test.close();
    }

    /** A level of priority is worth two minutes: ten minutes of waiting outweigh one. */
    @Test
    void aFlowIsAsOldAsItsOldestWaitingJob() throws Exception {
        submit("shop", "model", 6, 1);
        submit("shop", "model", 5, 1);
        assertThat(picked(begin(NOW), 1, NOW)).containsExactly("shop/6");

        test.number("UPDATE ready SET since = since - interval '10 min' WHERE job_no = 2 RETURNING job_no");

        assertThat(picked(begin(NOW), 1, NOW)).containsExactly("shop/5");
    }

    @Test
    void theDaysReleasesAreCountedAgainByTheNextLeader() throws Exception {
        submit("shop", "lab-model", 5, 5);
        long epoch = test.lead();
        store.release(epoch, List.of(candidate(1), candidate(2), candidate(3), candidate(4)), List.of(), NOW);
        store.release(epoch, List.of(), List.of(new Sent(1, 1), new Sent(2, 2), new Sent(3, 3)), NOW);
        new SettleStore(test.database(), tenants, Caps.NONE)
                .settle(
                        epoch,
                        new OffsetMove("render.events", Map.of(), Map.of()),
                        List.of(
                                bill(1, JobState.COMPLETED, 10),
                                bill(2, JobState.FAILED, 10),
                                bill(3, JobState.REJECTED, 0)),
                        List.of(),
                        List.of());

        Instant later = NOW.plus(Duration.ofHours(1));
        assertThat(picked(begin(later), 10, later)).as("two calls and a flight").isEmpty();

        Instant tomorrow = NOW.plus(Duration.ofDays(1));
        assertThat(picked(begin(tomorrow), 10, tomorrow)).hasSize(1);
    }

    @Test
    void theNextLeaderGoesOnAtTheRateThatWasLearned() throws Exception {
        submit("shop", "model", 5, 60);
        var window = new WindowState(0, 100, 20, false, null, new ModelDay(0, null, null));
        store.writeLines(test.lead(), List.of(new ModelLine("model", NOW, true, window, Map.of())));

        assertThat(picked(begin(NOW), 100, NOW)).as("3 s of work").hasSize(60);

        Instant later = NOW.plus(Duration.ofMinutes(11));
        assertThat(picked(begin(later), 100, later)).as("too old").hasSizeLessThan(20);
    }

    @Test
    void tenantsHaveTheirShares() throws Exception {
        submit("shop", "model", 5, 8);
        submit("studio", "model", 5, 8);
        tenants.share("shop", new TenantShare(300, Integer.MAX_VALUE));

        assertThat(picked(begin(NOW), 8, NOW))
                .satisfies(
                        all -> assertThat(Collections.frequency(all, "shop/5")).isEqualTo(6));
    }

    @Test
    void aLimitOfRunningJobsHoldsWhileTheLeaderLeads() throws Exception {
        submit("shop", "model", 5, 8);
        WaitingJobs waiting = begin(NOW);

        tenants.share("shop", TenantShare.of(100, 3));
        waiting.arrived(null);

        assertThat(picked(waiting, 8, NOW)).hasSize(3);
    }

    private WaitingJobs begin(Instant now) throws IOException {
        var catalogue = ModelCatalogue.read(new ByteArrayInputStream(CATALOGUE.getBytes(UTF_8)));
        var flights = new OpenFlights(1, new JobPricer(catalogue, 2, () -> now), new HeldModels());
        return new WaitingJobs(store, flights, now);
    }

    /** The tenants and priorities of what is released. */
    private static List<String> picked(WaitingJobs waiting, int max, Instant now) {
        return waiting.pick(max, now).stream()
                .map(Picked::flow)
                .map(flow -> flow.tenant() + "/" + flow.priority())
                .toList();
    }

    private void submit(String tenant, String model, int priority, int count) {
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            jobs.add(new NewJob(id(tenant, priority, i), RED, tenant, model, priority, new byte[] {1}, null));
        }
        new IntakeStore(test.database(), tenants).accept(jobs);
    }

    private static String id(String tenant, int priority, int number) {
        return JobId.of(tenant, priority + "-" + number).value();
    }

    private static Candidate candidate(long job) {
        return new Candidate(job, 1, 1, 0, new Demand(20, 20));
    }

    private Bill bill(long jobNo, JobState state, long spent) {
        String id = idOf(jobNo);
        String record = "render.jobs/0/" + jobNo;
        return new Bill(id + record, record, false, id, RED, "shop", state, spent, 0, NOW, new byte[] {1});
    }

    private String idOf(long jobNo) {
        for (int i = 0; i < 5; i++) {
            String id = id("shop", 5, i);
            if (test.number("SELECT job_no FROM job WHERE job_id = decode('" + id + "', 'hex')") == jobNo) {
                return id;
            }
        }
        throw new IllegalArgumentException("no job " + jobNo);
    }
}
