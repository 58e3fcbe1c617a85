package dev.renderfleet.scheduler.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.renderfleet.catalogue.ModelCatalogue;
import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.api.AccountsResource.CapRequest;
import dev.renderfleet.scheduler.api.JobsResource.BillDecision;
import dev.renderfleet.scheduler.api.JobsResource.JobPage;
import dev.renderfleet.scheduler.api.Problem.ProblemException;
import dev.renderfleet.scheduler.intake.JobCanceler;
import dev.renderfleet.scheduler.intake.JobIntake;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.routing.JobPricer;
import dev.renderfleet.scheduler.store.CancelStore;
import dev.renderfleet.scheduler.store.DatabaseException;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.JobStore;
import dev.renderfleet.scheduler.store.MoneyStore;
import dev.renderfleet.scheduler.store.QueueStore;
import dev.renderfleet.scheduler.store.ReleaseStore;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.TenantDirectory;
import dev.renderfleet.scheduler.store.TestDatabase;
import dev.renderfleet.scheduler.store.UnknownStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a client may not ask for has a precise answer, and nothing is half done. */
class BadRequestsTest {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    private final InstantSource clock = InstantSource.fixed(NOW);
    private TestDatabase test;
    private JobsResource jobs;
    private AccountsResource accounts;
    private CancelResource cancels;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        var pricer = new JobPricer(ModelCatalogue.builtIn(), 2, clock);
        var tenants = new TenantDirectory(test.database());
        var unknown = new UnknownStore(test.database());
        jobs = new JobsResource(
                new JobIntake(pricer),
                new IntakeStore(test.database(), tenants),
                new JobStore(test.database()),
                new WaitExplainer(new QueueStore(test.database(), Caps.NONE), pricer, clock),
                unknown);
        cancels = new CancelResource(
                new JobCanceler(new CancelStore(test.database()), clock), new JobStore(test.database()));
        accounts = new AccountsResource(new MoneyStore(test.database(), tenants), tenants, unknown, clock);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void aCapBelowWhatIsUsedIsRefusedWithTheFigures() throws IOException {
        submit("a", "");
        new ReleaseStore(test.database(), Caps.NONE)
                .release(test.lead(), List.of(new Candidate(1, 1, 1, 0, new Demand(700, 700))), List.of(), NOW);
        accounts.cap("acme", "total", new CapRequest(900L));

        Problem problem = problem(() -> accounts.cap("acme", "total", new CapRequest(699L)));

        assertThat(problem.status()).isEqualTo(409);
        assertThat(problem.code()).isEqualTo("below_use");
        assertThat(problem.detail()).contains("reserved 700, unknown 0, spent 0");
        assertThat(test.number("SELECT cap FROM account WHERE kind = 1")).isEqualTo(900);
    }

    @Test
    void aNegativeCapAndAnUnknownScopeAreRefused() {
        Problem negative = problem(() -> accounts.cap("acme", "day", new CapRequest(-1L)));

        assertThat(negative.status()).isEqualTo(422);
        assertThat(negative.field()).isEqualTo("usdMicros");
        assertThat(negative.detail()).contains("-1");
        assertThat(problem(() -> accounts.cap("acme", "week", new CapRequest(1L)))
                        .field())
                .isEqualTo("scope");
        assertThat(problem(() -> accounts.cap("acme", "day", null)).status()).isEqualTo(400);
        assertThat(problem(() -> accounts.accounts("A b")).field()).isEqualTo("tenant");
        assertThat(test.number("SELECT count(*) FROM account") + test.number("SELECT count(*) FROM tenant"))
                .isZero();
    }

    @Test
    void anotherTenantsJobIsNotCanceled() throws IOException {
        submit("a", "");
        String id = JobId.of("acme", "a").value();

        assertThat(problem(() -> cancels.cancel(id, "other")).status()).isEqualTo(404);
        assertThat(jobs.get(id, "acme").state()).isEqualTo("queued");
        assertThat(cancels.cancel(id, "acme").getEntity().state()).isEqualTo("canceled");
    }

    @Test
    void aJobThatWaitsForItselfIsRefused() {
        String own = JobId.of("acme", "a").value();

        Problem depends = problem(() -> submit("a", ",\"dependsOn\":[\"" + own + "\"]"));
        Problem parent = problem(() -> submit("a", ",\"parent\":\"" + own + "\""));

        assertThat(depends.status()).isEqualTo(422);
        assertThat(depends.field()).isEqualTo("dependsOn[0]");
        assertThat(parent.field()).isEqualTo("parent");
        assertThat(test.number("SELECT count(*) FROM job")).isZero();
    }

    @Test
    void aJobMayWaitUntilTheYear9999AndNotLonger() throws IOException {
        submit("a", ",\"notBefore\":\"9999-12-31T23:59:59Z\"");

        var why = jobs.why(JobId.of("acme", "a").value(), null);

        assertThat(why.causes().stream().map(cause -> cause.get("until")))
                .contains(Instant.parse("9999-12-31T23:59:59Z"));
        assertThat(test.number("SELECT count(*) FROM pending")).isEqualTo(1);
        assertThat(problem(() -> submit("b", ",\"notBefore\":\"9999-12-31T23:59:59-01:00\""))
                        .field())
                .isEqualTo("notBefore");
    }

    @Test
    void anotherTenantsJobIsNotFound() throws IOException {
        submit("a", "");
        String id = JobId.of("acme", "a").value();

        assertThat(jobs.get(id, "acme").state()).isEqualTo("queued");
        List<ThrowingCallable> foreign = List.of(
                () -> jobs.get(id, "other"),
                () -> jobs.why(id, "other"),
                () -> jobs.resolve(id, "other", new BillDecision(true)),
                () -> jobs.get("0".repeat(40), null),
                () -> jobs.get("x", null));
        assertThat(foreign)
                .allSatisfy(call -> assertThat(problem(call).status()).isEqualTo(404));
        assertThat(list("other", null, null).jobs()).isEmpty();
    }

    @Test
    void aCursorThatWasChangedIsRefused() throws IOException {
        for (String key : List.of("a", "b", "c")) {
            submit(key, "");
        }
        JobPage first = list("acme", null, null);
        String next = String.valueOf(first.next());

        assertThat(first.jobs()).hasSize(2);
        assertThat(list("acme", null, next).jobs()).hasSize(1);
        List<ThrowingCallable> changed = List.of(
                () -> list("acme", null, next + "A"),
                () -> list("acme", null, ""),
                () -> list("acme", "queued", next),
                () -> list("other", null, next));
        assertThat(changed).allSatisfy(call -> {
            assertThat(problem(call).status()).isEqualTo(400);
            assertThat(problem(call).field()).isEqualTo("cursor");
        });
        assertThat(problem(() -> list("acme", "lost", null)).field()).isEqualTo("state");
        assertThat(problem(() -> jobs.list(null, null, null, null)).field()).isEqualTo("tenant");
        assertThat(problem(() -> jobs.list("acme", null, "1001", null)).field()).isEqualTo("limit");
    }

    /** A trigger takes the part of the full disk. */
    @Test
    void aFullDiskIsNamedAndNothingIsHalfDone() throws IOException {
        submit("a", "");
        test.fill("ready");

        assertThatThrownBy(() -> submit("b", "")).isInstanceOfSatisfying(DatabaseException.class, fault -> {
            Problem problem = (Problem) new FaultAnswers().unavailable(fault).getEntity();
            assertThat(problem.status()).isEqualTo(503);
            assertThat(problem.detail()).contains("No space left on device");
        });
        assertThat(test.number("SELECT count(*) FROM job")).isEqualTo(1);

        test.makeRoom("ready");
        submit("b", "");
        assertThat(test.number("SELECT count(*) FROM ready")).isEqualTo(2);
    }

    /** What PostgreSQL refuses for good is our fault, and not worth another try. */
    @Test
    void aStatementThatCannotSucceedIsAnInternalFault() {
        assertThatThrownBy(
                        () -> new MoneyStore(test.database(), new TenantDirectory(test.database())).accounts("\0", 1))
                .isInstanceOfSatisfying(
                        DatabaseException.class,
                        fault -> assertThat(
                                        new FaultAnswers().unavailable(fault).getStatus())
                                .isEqualTo(500));
    }

    private JobPage list(String tenant, @Nullable String state, @Nullable String cursor) {
        return jobs.list(tenant, state, "2", cursor);
    }

    private static Problem problem(ThrowingCallable call) {
        return catchThrowableOfType(ProblemException.class, call).problem();
    }

    private void submit(String key, String more) throws IOException {
        String json = "{\"tenant\":\"acme\",\"idempotencyKey\":\"%s\",\"prompt\":\"vase\",\"model\":\"nano-banana\"%s}"
                .formatted(key, more);
        jobs.submit(new ByteArrayInputStream(json.getBytes(UTF_8)), null).close();
    }
}
