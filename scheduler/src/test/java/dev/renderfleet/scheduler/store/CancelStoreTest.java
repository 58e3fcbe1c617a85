package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.money.Account.Kind;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.store.CancelStore.Canceled;
import dev.renderfleet.scheduler.store.CancelStore.CanceledFlight;
import dev.renderfleet.scheduler.store.CancelStore.Cancellation;
import dev.renderfleet.scheduler.store.OutboxRow.OwnEvent;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.ReleaseStore.Released;
import dev.renderfleet.scheduler.store.ReleaseStore.Sent;
import dev.renderfleet.scheduler.store.SettleStore.Bill;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One waiting job that asks for 300. */
class CancelStoreTest {

    private static final String ID = JobId.of("shop", "a").value();
    private static final String RECORD = "render.jobs/0/7";
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 30);
    private static final NewJob JOB = new NewJob(ID, "ab".repeat(32), "shop", "model", 5, bytes("{}"), null);

    private TestDatabase test;
    private IntakeStore intake;
    private ReleaseStore release;
    private CancelStore store;
    private MoneyStore money;
    private long epoch;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        epoch = test.lead();
        var tenants = new TenantDirectory(test.database());
        intake = new IntakeStore(test.database(), tenants);
        release = new ReleaseStore(test.database(), Caps.NONE);
        store = new CancelStore(test.database());
        money = new MoneyStore(test.database(), tenants);
        intake.accept(List.of(JOB));
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void aCanceledJobIsNotReleasedAndHasItsEventOnce() {
        assertThat(cancel()).isEqualTo(Cancellation.CANCELED);
        assertThat(cancel()).isEqualTo(Cancellation.ENDED);

        assertThat(release().gone()).containsExactly(1L);
        assertThat(new OutboxStore(test.database()).next(List.of(), 10)).hasSize(1);
        assertThat(money.audit()).isEmpty();
    }

    /** Its worker publishes the event. A signal is of use when the offset of the record is known. */
    @Test
    void aReleasedJobIsToBeCanceledUntilItsFlightEnds() {
        release();
        assertThat(state()).isEqualTo("released");

        assertThat(cancel()).isEqualTo(Cancellation.REQUESTED);
        assertThat(cancel()).isEqualTo(Cancellation.REQUESTED);
        assertThat(state()).isEqualTo("canceling");
        assertThat(store.flights()).isEmpty();
        release.release(epoch, List.of(), List.of(new Sent(1, 7)), NOW);
        assertThat(store.flights()).containsExactly(new CanceledFlight(1, ID, 0, 7));
        assertThat(new OutboxStore(test.database()).next(List.of(), 10)).isEmpty();

        settle(JobState.CANCELED, 0, 0);

        assertThat(store.flights()).isEmpty();
        assertThat(test.number("SELECT count(*) FROM cancellation")).isZero();
        assertThat(state()).isEqualTo("canceled");
        assertThat(test.number("SELECT sum(reserved) FROM account")).isZero();
        assertThat(money.audit()).isEmpty();
        assertThat(cancel()).isEqualTo(Cancellation.ENDED);
    }

    /** It was called before the signal came. */
    @Test
    void aJobThatCompletesNeverthelessIsPaidAndNotCanceledWhenItIsReplayed() {
        release();
        release.release(epoch, List.of(), List.of(new Sent(1, 7)), NOW);
        cancel();

        settle(JobState.COMPLETED, 100, 0);

        assertThat(state()).isEqualTo("completed");
        assertThat(test.number("SELECT spent FROM account WHERE kind = 1 AND tenant_no = 1"))
                .isEqualTo(100);
        assertThat(test.number("SELECT count(*) FROM cancellation")).isZero();
    }

    @Test
    void aCallOfUnknownOutcomeOfACanceledJobStaysUnknown() {
        release();
        release.release(epoch, List.of(), List.of(new Sent(1, 7)), NOW);
        cancel();

        settle(JobState.CANCELED, 0, 120);

        assertThat(test.number("SELECT unknown FROM account WHERE kind = 1 AND tenant_no = 1"))
                .isEqualTo(120);
        assertThat(money.audit()).isEmpty();
    }

    /** The worker's ledger has its outcome, so another release would replay it. */
    @Test
    void aJobThatAWorkerHasCanceledIsKnownWhenItIsHandedOverAgain() {
        release();
        release.release(epoch, List.of(), List.of(new Sent(1, 7)), NOW);
        settle(JobState.CANCELED, 0, 0);

        assertThat(intake.accept(List.of(JOB))).containsExactly(Arrival.ENDED);
        assertThat(state()).isEqualTo("canceled");
    }

    @Test
    void aFilterCancelsTheWaitingAndTheReleasedJobsOfATenantThatMatch() {
        release();
        submit("shop", "red", "{\"batchId\":\"b\",\"labels\":{\"sku\":\"1\"}}");
        submit("shop", "late", "{\"batchId\":\"b\",\"labels\":{\"sku\":\"2\"}}");
        submit("shop", "other", "{\"batchId\":\"c\"}");
        submit("rival", "red", "{\"batchId\":\"b\",\"labels\":{\"sku\":\"1\"}}");
        release.release(epoch, List.of(new Candidate(3, 1, 1, 0, new Demand(1, 1))), List.of(new Sent(3, 9)), NOW);

        assertThat(cancel("{\"batchId\":\"b\",\"labels\":{\"sku\":\"1\"}}")).isEqualTo(new Canceled(1, 0, false));
        assertThat(cancel("{\"batchId\":\"b\"}")).isEqualTo(new Canceled(0, 1, false));
        assertThat(cancel("{\"batchId\":\"b\"}")).isEqualTo(new Canceled(0, 0, false));
        assertThat(cancel("{}")).isEqualTo(new Canceled(1, 1, false));
        assertThat(store.cancel("nobody", "{}", CancelStoreTest::event)).isEqualTo(new Canceled(0, 0, false));
        assertThat(test.number("SELECT count(*) FROM ready"))
                .as("of another tenant")
                .isEqualTo(1);
        assertThat(money.audit()).isEmpty();
    }

    @Test
    void aCanceledJobThatIsHandedOverAgainWaitsAgain() {
        cancel();

        assertThat(intake.accept(List.of(JOB))).containsExactly(Arrival.ACCEPTED);
        assertThat(release().reserved()).containsEntry(1L, 300L);
    }

    @Test
    void aCapBelowWhatIsUsedIsRefusedAndOneAboveIsInForce() {
        release();

        assertThat(money.cap("shop", Kind.TENANT, 299L, TODAY)).isEqualTo(new CapChange.BelowUse(300, 0, 0));
        assertThat(money.cap("shop", Kind.TENANT_DAY, 300L, TODAY)).isEqualTo(new CapChange.Changed());

        intake.accept(List.of(new NewJob(
                JobId.of("shop", "b").value(), JOB.fingerprint(), "shop", "model", 5, new byte[] {1}, null)));
        Candidate second = new Candidate(2, 1, 1, 0, new Demand(1, 1));
        assertThat(release.release(epoch, List.of(second), List.of(), NOW).blocked())
                .containsOnlyKeys(2L);
        money.cap("shop", Kind.TENANT_DAY, null, TODAY);
        assertThat(release.release(epoch, List.of(second), List.of(), NOW).reserved())
                .containsOnlyKeys(2L);
    }

    private Released release() {
        return release.release(epoch, List.of(new Candidate(1, 1, 1, 0, new Demand(300, 300))), List.of(), NOW);
    }

    private void settle(JobState state, long spent, long unknown) {
        var bill = new Bill(
                ID + ":event:" + RECORD,
                RECORD,
                false,
                ID,
                JOB.fingerprint(),
                "shop",
                state,
                spent,
                unknown,
                NOW,
                bytes("{}"));
        new SettleStore(test.database(), new TenantDirectory(test.database()), Caps.NONE)
                .settle(epoch, new OffsetMove("t", Map.of(), Map.of()), List.of(bill), List.of(), List.of());
    }

    private void submit(String tenant, String key, String body) {
        intake.accept(List.of(
                new NewJob(JobId.of(tenant, key).value(), JOB.fingerprint(), tenant, "model", 5, bytes(body), null)));
    }

    private String state() {
        JobStore.JobView job = new JobStore(test.database()).find(ID).orElseThrow();
        return job.canceling()
                ? "canceling"
                : job.reserved() != null ? "released" : job.state().wireName();
    }

    private Canceled cancel(String filter) {
        return store.cancel("shop", filter, CancelStoreTest::event);
    }

    private Cancellation cancel() {
        return store.cancel(ID, CancelStoreTest::event).orElseThrow();
    }

    private static OutboxRow event(byte[] body) {
        return new OutboxRow(UUID.randomUUID().toString(), new OwnEvent(ID, Map.of("a", "b"), body), null);
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
