package dev.renderfleet.scheduler.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.signal.FleetSetup;
import dev.renderfleet.contracts.wire.DecodedJob;
import dev.renderfleet.contracts.wire.JobCodec;
import dev.renderfleet.scheduler.api.WaitExplainer.WhyAnswer;
import dev.renderfleet.scheduler.intake.JobIntake;
import dev.renderfleet.scheduler.money.Account;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.queue.WindowState;
import dev.renderfleet.scheduler.queue.WindowState.ModelDay;
import dev.renderfleet.scheduler.queue.WindowState.ModelHeld;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.store.CancelStore;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.ModelLine;
import dev.renderfleet.scheduler.store.MoneyStore;
import dev.renderfleet.scheduler.store.OutboxRow;
import dev.renderfleet.scheduler.store.QueueStore;
import dev.renderfleet.scheduler.store.ReleaseStore;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.TenantDirectory;
import dev.renderfleet.scheduler.store.TestDatabase;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three jobs of two tenants wait: shop's a and b, and one of other. What is said is read from the database, as a standby does. */
class QueueAnswersTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final String MODEL = "gemini-nano-banana-2.1";
    private static final ModelDay DAY = new ModelDay(0, null, null);
    private static final WindowState OPEN = new WindowState(3, 230, 10, false, null, DAY);

    private final InstantSource clock = InstantSource.fixed(NOW);
    private final JobPricer pricer = new JobPricer(ModelCatalogue.builtIn(), 2, clock);
    private TestDatabase test;
    private IntakeStore intake;
    private ReleaseStore release;
    private QueueStore queue;
    private WaitExplainer explainer;
    private long epoch;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        epoch = test.lead();
        pricer.heard(new FleetSetup("b", null, List.of("gemini"), List.of(), "w"));
        intake = new IntakeStore(test.database(), new TenantDirectory(test.database()));
        release = new ReleaseStore(test.database(), Caps.NONE);
        queue = new QueueStore(test.database(), Caps.NONE);
        explainer = new WaitExplainer(queue, pricer, clock);
        submit("shop", "a", "");
        submit("shop", "b", "");
        submit("other", "c", "");
        write(OPEN, true);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void aJobWaitsForItsTurnBehindItsTenantAndTheSharesOfOthers() {
        WhyAnswer why = why("shop", "b");

        assertThat(why.state()).isEqualTo("queued");
        assertThat(why.causes()).hasSize(1);
        assertThat(why.causes().getFirst())
                .containsEntry("kind", "turn")
                .containsEntry("ahead", 1L)
                .containsEntry("others", 1L)
                .containsEntry("share", 0.5);
        assertThat(why.sentence()).isEqualTo(why.causes().getFirst().get("sentence"));
        assertThat(why.eta()).isEqualTo(NOW.plusMillis(200));
        assertThat(test.number("SELECT CAST(extract(epoch FROM eta - asked_at) * 1000 AS bigint) FROM estimate WHERE"
                        + " job_no = 2"))
                .isEqualTo(200);
    }

    @Test
    void anUrgentJobOfTheTenantIsAhead() {
        submit("shop", "urgent", ",\"priority\":9");

        assertThat(why("shop", "b").causes().getFirst()).containsEntry("ahead", 2L);
        assertThat(why("shop", "urgent").causes().getFirst()).containsEntry("ahead", 0L);
    }

    @Test
    void aCapBindsBeforeTheTurnAndHasNoEstimate() {
        new MoneyStore(test.database(), new TenantDirectory(test.database()))
                .cap("shop", Account.Kind.TENANT, 1_000L, LocalDate.of(2026, 11, 30));

        WhyAnswer why = why("shop", "a");

        assertThat(why.causes()).extracting(cause -> cause.get("kind")).containsExactly("budget", "turn");
        assertThat(why.causes().getFirst())
                .containsEntry("scope", "tenant")
                .containsEntry("cap", 1_000L)
                .containsEntry("needs", demand().least());
        assertThat(why.eta()).isNull();
        assertThat(why("other", "c").causes())
                .extracting(cause -> cause.get("kind"))
                .containsExactly("turn");
    }

    @Test
    void aConfiguredCapOfAnAccountThatIsNotMadeYetBindsToo() {
        var capped = new QueueStore(test.database(), new Caps(null, null, 1_000L));

        WhyAnswer why = new WaitExplainer(capped, pricer, clock)
                .explain(JobId.of("shop", "a").value())
                .orElseThrow();

        assertThat(why.causes().getFirst()).containsEntry("kind", "budget").containsEntry("scope", "tenant_day");
    }

    @Test
    void aTenantThatRunsAllItMayIsToldSo() {
        test.number("UPDATE tenant SET running_max = 1 WHERE name = 'shop' RETURNING 1");
        release.release(epoch, List.of(new Candidate(1, 1, 1, 0, new Demand(300, 300))), List.of(), NOW);

        assertThat(why("shop", "b").causes())
                .anySatisfy(cause -> assertThat(cause)
                        .containsEntry("kind", "running_max")
                        .containsEntry("scope", "tenant")
                        .containsEntry("running", 1)
                        .containsEntry("max", 1));
    }

    @Test
    void aHoldIsNamedWithItsEnd() {
        write(new WindowState(3, 230, 10, true, new ModelHeld(NOW.plusSeconds(90), "rate_limited"), DAY), true);

        WhyAnswer why = why("shop", "a");

        assertThat(why.causes().getFirst())
                .containsEntry("kind", "hold")
                .containsEntry("model", MODEL)
                .containsEntry("until", NOW.plusSeconds(90));
        assertThat(why.eta()).isAfterOrEqualTo(NOW.plusSeconds(90));
    }

    @Test
    void aJobThatIsNotReadyNamesItsTimeAndTheJobsThatItNeeds() {
        String needed = JobId.of("shop", "a").value();
        submit("shop", "later", ",\"notBefore\":\"2026-12-01T00:00:00Z\",\"dependsOn\":[\"%s\"]".formatted(needed));

        WhyAnswer why = why("shop", "later");

        assertThat(why.causes()).extracting(cause -> cause.get("kind")).containsExactly("not_before", "dependency");
        assertThat(why.causes().getLast()).containsEntry("jobs", List.of(needed));
        assertThat(why.eta()).isNull();
    }

    @Test
    void whatStopsAllJobsIsNamed() {
        write(OPEN, false);
        assertThat(why("shop", "a").causes().getFirst()).containsEntry("kind", "unbalanced");

        test.number("UPDATE lease SET until = now() - interval '9 s' RETURNING 1");
        assertThat(why("shop", "a").causes())
                .extracting(cause -> cause.get("kind"))
                .contains("not_leading");
        assertThat(why("shop", "a").eta()).isNull();

        var deaf = new WaitExplainer(queue, new JobPricer(ModelCatalogue.builtIn(), 2, clock), clock);
        assertThat(deaf.explain(JobId.of("shop", "a").value()).orElseThrow().causes())
                .extracting(cause -> cause.get("kind"))
                .contains("no_worker");
    }

    @Test
    void aReleasedAndACanceledJobHaveAClearAnswerAndAnUnknownOneHasNone() {
        release.release(epoch, List.of(new Candidate(1, 1, 1, 0, new Demand(300, 300))), List.of(), NOW);
        new CancelStore(test.database())
                .cancel(
                        JobId.of("shop", "b").value(),
                        _ -> new OutboxRow(
                                "event", new OutboxRow.OwnEvent("id", Map.of("a", "b"), new byte[] {1}), null));

        WhyAnswer released = why("shop", "a");
        assertThat(released.state()).isEqualTo("released");
        assertThat(released.since()).isEqualTo(NOW);
        assertThat(released.sentence()).contains("workers have had it since 2026-11-30T12:00:00Z");
        assertThat(released.causes()).isEmpty();
        new CancelStore(test.database()).cancel(JobId.of("shop", "a").value(), _ -> new OutboxRow("none", null, null));
        assertThat(why("shop", "a").state()).isEqualTo("canceling");
        assertThat(why("shop", "a").sentence()).startsWith("Workers were asked at ");
        assertThat(why("shop", "b").sentence()).startsWith("It has ended, canceled at ");
        assertThat(explainer.explain(JobId.of("shop", "none").value())).isEmpty();
    }

    @Test
    void theQueueShowsModelsAndTenants() {
        release.release(epoch, List.of(new Candidate(1, 1, 1, 0, new Demand(300, 300))), List.of(), NOW);

        QueueResource.QueueAnswer answer = new QueueResource(queue, pricer).queue();

        assertThat(answer.leaderless()).isNull();
        assertThat(answer.models()).singleElement().satisfies(model -> {
            assertThat(model.model()).isEqualTo(MODEL);
            assertThat(model.waiting()).isEqualTo(2);
            assertThat(model.running()).isEqualTo(1);
            assertThat(model.limits()).isEqualTo(pricer.limits(MODEL));
            assertThat(model.window()).isEqualTo(OPEN);
            assertThat(model.seenAt()).isEqualTo(NOW);
        });
        assertThat(answer.tenants())
                .containsExactly(
                        new QueueResource.TenantAnswer("other", 1, 0, Map.of(MODEL, 0.5)),
                        new QueueResource.TenantAnswer("shop", 1, 1, Map.of(MODEL, 0.5)));
    }

    private WhyAnswer why(String tenant, String key) {
        return explainer.explain(JobId.of(tenant, key).value()).orElseThrow();
    }

    private void write(WindowState window, boolean balanced) {
        release.writeLines(
                epoch, List.of(new ModelLine(MODEL, NOW, balanced, window, Map.of("shop", 0.5, "other", 0.5))));
    }

    private void submit(String tenant, String key, String more) {
        intake.accept(List.of(new JobIntake(pricer).prepare(job(tenant, key, more), null)));
    }

    private Demand demand() {
        return pricer.demand(job("shop", "a", "").job());
    }

    private static DecodedJob.Accepted job(String tenant, String key, String more) {
        String json = "{\"tenant\":\"%s\",\"idempotencyKey\":\"%s\",\"prompt\":\"vase\",\"model\":\"nano-banana\"%s}"
                .formatted(tenant, key, more);
        return (DecodedJob.Accepted) new JobCodec().decode(json.getBytes(UTF_8));
    }
}
