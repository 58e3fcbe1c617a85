package dev.renderfleet.scheduler.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.ReleaseStore.Sent;
import dev.renderfleet.scheduler.store.SettleStore.Bill;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One job in flight with 300 reserved; its record is the 7th of partition 0. */
class SettleStoreTest {

    private static final String ID = JobId.of("shop", "a").value();
    private static final String RED = "ab".repeat(32);
    private static final String OWN = "render.jobs/0/7";
    private static final String OTHER = "render.jobs/0/3";
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    private TestDatabase test;
    private SettleStore store;
    private long epoch;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        epoch = test.lead();
        var tenants = new TenantDirectory(test.database());
        store = new SettleStore(test.database(), tenants, Caps.NONE);
        new IntakeStore(test.database(), tenants)
                .accept(List.of(new NewJob(ID, RED, "shop", "model", 5, new byte[] {1}, null)));
        var candidate = new Candidate(1, 1, 1, 0, new Demand(300, 300));
        var release = new ReleaseStore(test.database(), Caps.NONE);
        assertThat(release.release(epoch, List.of(candidate), List.of(), NOW).reserved())
                .containsEntry(1L, 300L);
        release.release(epoch, List.of(), List.of(new Sent(1, 7)), NOW);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void aBillIsBookedOnceWhateverIsReplayed() {
        settle(bill(OWN, false, JobState.FAILED, 100, 50));
        settle(bill(OWN, true, JobState.FAILED, 100, 50), bill(OWN, true, JobState.FAILED, 100, 50));

        assertAccounts(0, 100, 50);
        assertThat(test.number("SELECT state FROM job")).isEqualTo(JobState.FAILED.code());
    }

    /** The worker may keep no note of it, so that our own record may still be called. */
    @Test
    void anotherRecordsFailureEndsNoFlight() {
        settle(bill(OTHER, false, JobState.REJECTED, 0, 0));
        settle(bill(OTHER, false, JobState.FAILED, 40, 0));

        assertAccounts(300, 40, 0);
        assertThat(test.number("SELECT state FROM job")).isEqualTo(JobState.QUEUED.code());

        settle(bill(OTHER, true, JobState.FAILED, 40, 0));

        assertAccounts(0, 40, 0);
    }

    @Test
    void anotherRecordsPictureEndsTheFlight() {
        settle(bill(OTHER, false, JobState.COMPLETED, 40, 0));

        assertAccounts(0, 40, 0);
    }

    @Test
    void anotherJobUnderTheSameKeyEndsNoFlight() {
        Bill conflict = bill(OTHER, false, JobState.REJECTED, 0, 0);
        settle(new Bill(
                conflict.eventId(),
                conflict.record(),
                false,
                ID,
                "cd".repeat(32),
                "shop",
                JobState.REJECTED,
                0,
                0,
                NOW,
                new byte[] {1}));

        assertAccounts(300, 0, 0);
    }

    @Test
    void jobsOfTheDirectDoorAreCounted() {
        String id = JobId.of("other", "b").value();
        settle(new Bill("e", "r", false, id, RED, "other", JobState.COMPLETED, 70, 0, NOW, new byte[] {1}));

        assertThat(test.number("SELECT spent FROM account WHERE kind = 0")).isEqualTo(70);
        assertThat(test.number("SELECT count(*) FROM outcome WHERE direct")).isEqualTo(1);
        assertThat(new MoneyStore(test.database(), new TenantDirectory(test.database())).audit())
                .isEmpty();
    }

    @Test
    void anAuditNamesAnAccountThatDoesNotAddUp() {
        test.database().write(handle -> handle.execute("UPDATE account SET reserved = reserved + 1 WHERE kind = 1"));

        assertThat(new MoneyStore(test.database(), new TenantDirectory(test.database())).audit())
                .singleElement()
                .asString()
                .contains("kind=1 tenant=1", "reserved=301");
    }

    private void settle(Bill... bills) {
        store.settle(epoch, new OffsetMove("render.events", Map.of(), Map.of()), List.of(bills), List.of(), List.of());
    }

    private void assertAccounts(long reserved, long spent, long unknown) {
        for (int kind = 0; kind < 3; kind++) {
            String where = " FROM account WHERE kind = " + kind;
            assertThat(test.number("SELECT reserved" + where)).isEqualTo(reserved);
            assertThat(test.number("SELECT spent" + where)).isEqualTo(spent);
            assertThat(test.number("SELECT unknown" + where)).isEqualTo(unknown);
        }
        assertThat(new MoneyStore(test.database(), new TenantDirectory(test.database())).audit())
                .isEmpty();
    }

    private static Bill bill(String record, boolean replay, JobState state, long spent, long unknown) {
        String event = ID + ":" + state.wireName() + ":" + record;
        return new Bill(event, record, replay, ID, RED, "shop", state, spent, unknown, NOW, new byte[] {1});
    }
}
