package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.SettleStore.Bill;
import dev.renderfleet.scheduler.store.UnknownStore.Resolution;
import dev.renderfleet.scheduler.store.UnknownStore.UnknownMoney;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A job that failed after a call of 40 that is known and one of 60 that may have been billed. */
class UnknownStoreTest {

    private static final String ID = JobId.of("shop", "a").value();
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final OffsetMove NO_MOVE = new OffsetMove("render.events", Map.of(), Map.of());

    private TestDatabase test;
    private UnknownStore store;
    private MoneyStore money;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        long epoch = test.lead();
        var tenants = new TenantDirectory(test.database());
        store = new UnknownStore(test.database());
        money = new MoneyStore(test.database(), tenants);
        String print = "ab".repeat(32);
        new IntakeStore(test.database(), tenants)
                .accept(List.of(new NewJob(ID, print, "shop", "model", 5, new byte[] {1}, null)));
        new ReleaseStore(test.database(), Caps.NONE)
                .release(epoch, List.of(new Candidate(1, 1, 1, 0, new Demand(300, 300))), List.of(), NOW);
        new SettleStore(test.database(), tenants, Caps.NONE)
                .settle(
                        epoch,
                        NO_MOVE,
                        List.of(new Bill(
                                "e", "r", true, ID, print, "shop", JobState.FAILED, 40, 60, NOW, new byte[] {1})),
                        List.of(),
                        List.of());
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void billedMoneyIsSpentOnce() {
        assertThat(store.list("shop", 10)).containsExactly(new UnknownMoney(ID, NOW, 60));
        assertThat(store.list("other", 10)).isEmpty();

        assertThat(store.resolve(ID, "shop", true)).contains(new Resolution(true, true, 60));
        assertThat(store.resolve(ID, null, true)).contains(new Resolution(false, true, 60));
        assertThat(store.resolve(ID, null, false)).contains(new Resolution(false, true, 60));

        assertAccounts(100);
        assertThat(store.list("shop", 10)).isEmpty();
        assertThat(test.number("SELECT count(*) FROM resolution WHERE billed AND usd_micros = 60"))
                .isEqualTo(1);
    }

    @Test
    void moneyThatWasNotBilledIsFree() {
        assertThat(store.resolve(ID, null, false)).contains(new Resolution(true, false, 60));

        assertAccounts(40);
    }

    @Test
    void aJobOfAnotherTenantOrWithoutUnknownCallsIsLeftAsItIs() {
        assertThat(store.resolve(ID, "other", true)).isEmpty();
        assertThat(store.resolve(JobId.of("shop", "none").value(), null, true)).isEmpty();

        assertThat(money.accounts("shop", 10))
                .allSatisfy(account -> assertThat(account.unknown()).isEqualTo(60));
        assertThat(money.audit()).isEmpty();
    }

    @Test
    void ofManyAtOnceOneDecides() throws Exception {
        List<Callable<Optional<Resolution>>> calls =
                List.of(decision(true), decision(false), decision(true), decision(false));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            int first = 0;
            for (var result : threads.invokeAll(calls)) {
                first += result.get().orElseThrow().now() ? 1 : 0;
            }
            assertThat(first).isEqualTo(1);
        }
        assertThat(money.audit()).isEmpty();
        assertThat(test.number("SELECT count(*) FROM resolution")).isEqualTo(1);
    }

    private Callable<Optional<Resolution>> decision(boolean billed) {
        return () -> store.resolve(ID, null, billed);
    }

    private void assertAccounts(long spent) {
        assertThat(money.accounts("shop", 10)).hasSize(3).allSatisfy(account -> {
            assertThat(account.unknown()).isZero();
            assertThat(account.reserved()).isZero();
            assertThat(account.spent()).isEqualTo(spent);
        });
        assertThat(money.audit()).isEmpty();
    }
}
