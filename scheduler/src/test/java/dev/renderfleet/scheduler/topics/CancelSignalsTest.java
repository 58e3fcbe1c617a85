package dev.renderfleet.scheduler.topics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.identity.JobId;
import dev.renderfleet.contracts.signal.Cancel;
import dev.renderfleet.contracts.wire.DecodedSignal;
import dev.renderfleet.contracts.wire.SignalCodec;
import dev.renderfleet.contracts.wire.Topics;
import dev.renderfleet.scheduler.leader.Duty;
import dev.renderfleet.scheduler.leader.Term;
import dev.renderfleet.scheduler.money.Caps;
import dev.renderfleet.scheduler.money.Demand;
import dev.renderfleet.scheduler.store.CancelStore;
import dev.renderfleet.scheduler.store.IntakeStore;
import dev.renderfleet.scheduler.store.NewJob;
import dev.renderfleet.scheduler.store.OutboxRow;
import dev.renderfleet.scheduler.store.ReleaseStore;
import dev.renderfleet.scheduler.store.ReleaseStore.Candidate;
import dev.renderfleet.scheduler.store.ReleaseStore.Sent;
import dev.renderfleet.scheduler.store.TenantDirectory;
import dev.renderfleet.scheduler.store.TestDatabase;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One released job, whose record is the 7th of partition 0. */
class CancelSignalsTest {

    private static final String ID = JobId.of("shop", "a").value();

    private final FakeKafka kafka = new FakeKafka();
    private Instant now = Instant.parse("2026-11-30T12:00:00Z");
    private TestDatabase test;
    private CancelStore store;

    @BeforeEach
    void open() {
        test = TestDatabase.create();
        store = new CancelStore(test.database());
        long epoch = test.lead();
        new IntakeStore(test.database(), new TenantDirectory(test.database()))
                .accept(List.of(new NewJob(ID, "ab".repeat(32), "shop", "model", 5, "{}".getBytes(UTF_8), null)));
        var release = new ReleaseStore(test.database(), Caps.NONE);
        release.release(epoch, List.of(new Candidate(1, 1, 1, 0, new Demand(1, 1))), List.of(), now);
        release.release(epoch, List.of(), List.of(new Sent(1, 7)), now);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void aSignalIsRepeatedUntilTheFlightEndsAndByANewLeaderAtOnce() {
        try (Duty.Run run = begin()) {
            run.step();
            assertThat(signals()).isEmpty();

            store.cancel(ID, _ -> new OutboxRow("none", null, null));
            run.step();
            run.step();
            assertThat(signals())
                    .containsExactly(new Cancel(ID, "render.jobs/0/7", now.plusSeconds(3_600), "scheduler-1"));

            now = now.plusSeconds(10);
            run.step();
            assertThat(signals()).hasSize(2);

            try (Duty.Run next = begin()) {
                next.step();
            }
            assertThat(signals()).hasSize(3);

            test.number("DELETE FROM flight RETURNING 1");
            now = now.plusSeconds(10);
            run.step();
            assertThat(signals()).hasSize(3);
        }
    }

    private Duty.Run begin() {
        Term over = Term.unlimited(1);
        // So that a step does not wait.
        over.lose();
        return new CancelSignals(kafka, store, "scheduler-1", () -> now).begin(over);
    }

    private List<Cancel> signals() {
        return kafka.records(Topics.SIGNALS).stream()
                .map(record -> (Cancel) ((DecodedSignal.Understood) new SignalCodec().decode(record.value())).signal())
                .toList();
    }
}
