package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.money.Account.Kind;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.store.CancelStore.Cancellation;
import dev.renderfleet.scheduler.store.OutboxRow.OwnEvent;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.ReleaseStore.Released;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One waiting job that asks for 300. */
class CancelStoreTest {

    private static final String ID = JobId.of("shop", "a").value();
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 30);
    private static final NewJob JOB = new NewJob(ID, "ab".repeat(32), "shop", "model", 5, new byte[] {1}, null);

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

    @Test
    void aReleasedJobGoesOn() {
        release();

        assertThat(cancel()).isEqualTo(Cancellation.RELEASED);
        assertThat(new OutboxStore(test.database()).next(List.of(), 10)).isEmpty();
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

    private Cancellation cancel() {
        return store.cancel(ID, _ -> new OutboxRow("event", new OwnEvent(ID, Map.of("a", "b"), new byte[] {1}), null))
                .orElseThrow();
    }
}
