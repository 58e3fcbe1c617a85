package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.failpoint.Failpoint;
import dev.renderfleet.worker.failpoint.Failpoints;
import dev.renderfleet.worker.ledger.ClaimResult;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.ledger.LedgerEntry.PendingCall;
import dev.renderfleet.worker.ledger.LedgerEntry.Stage;
import dev.renderfleet.worker.limits.Slots;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFolders;
import dev.renderfleet.worker.storage.InMemoryObjectStore;
import dev.renderfleet.worker.storage.Pause;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A paid picture causes no second call, whether storage is unavailable or the worker crashes. */
@Timeout(60)
class PaidPicturesTest {

    private static final String RECORD = "render.jobs/0/7";
    private static final Duration LEASE = Duration.ofMinutes(9);
    private static final Pause NO_NEED_TO_WAIT = wait -> {
        throw new AssertionError("waits for " + wait);
    };

    @TempDir
    Path disk = Path.of("set by JUnit");

    @TempDir
    Path diskLater = Path.of("set by JUnit");

    @TempDir
    Path diskAtLast = Path.of("set by JUnit");

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final InMemoryObjectStore store = new InMemoryObjectStore("renderfleet", clock);
    private final Slots slots = new Slots(2);
    private final RunnerFixture fixture = new RunnerFixture(store, clock, slots);
    private Spool spool = Spool.open(Path.of(System.getProperty("java.io.tmpdir"), "renderfleet-test"));

    @BeforeEach
    void openSpool() {
        spool = Spool.open(disk);
    }

    @ParameterizedTest
    @EnumSource(names = {"KEPT", "STORED"})
    void aPictureKeptByACrashedWorkerEndsItsJobWithoutAnotherCall(Failpoint point) {
        AcceptedJob job = dies(point, "");

        finish(NO_NEED_TO_WAIT);

        assertThat(fixture.entry(job))
                .isInstanceOfSatisfying(
                        LedgerEntry.Rendered.class,
                        rendered -> assertThat(store.bytes(
                                        rendered.outcome().images().getFirst().key()))
                                .isEqualTo(ScriptedModel.PICTURE));
        assertThat(SpoolFolders.files(diskLater)).isEmpty();
        var model = new ScriptedModel(spool, clock);
        JobRunner successor = fixture.failpoints(Failpoints.NONE).runner("worker-a/2", spool, model, NO_NEED_TO_WAIT);
        assertThat(successor.run(fixture.job("", RECORD)))
                .as("the record comes again, and with it the event")
                .isInstanceOfSatisfying(
                        JobResult.Outcome.class,
                        outcome -> assertThat(outcome.event()).isInstanceOfSatisfying(RenderCompleted.class, event -> {
                            assertThat(event.replay()).isFalse();
                            assertThat(event.attempts()).hasSize(1);
                            assertThat(store.bytes(event.images().getFirst().key()))
                                    .isEqualTo(ScriptedModel.PICTURE);
                        }));
        assertThat(model.calls()).isEmpty();
    }

    @Test
    void aPictureWhoseJobWasTakenOverIsDropped() {
        AcceptedJob job = dies(Failpoint.KEPT, "");
        clock.advance(LEASE.plusSeconds(1));
        var pending = new PendingCall("gemini-nano-banana-2.1", Stage.SENT, clock.instant(), 1);
        assertThat(fixture.ledger("worker-b").claim(job.id(), job.fingerprint(), job.submission(), LEASE, pending))
                .isInstanceOf(ClaimResult.Granted.class);
        LedgerEntry theirs = fixture.entry(job);

        finish(NO_NEED_TO_WAIT);

        assertThat(fixture.entry(job)).isEqualTo(theirs);
        assertThat(store.keys("assets/")).isEmpty();
        assertThat(SpoolFolders.files(diskLater)).isEmpty();
    }

    /** The machine crashed before the file was complete on disk. */
    @Test
    void aTruncatedPictureIsNeverStored() throws IOException {
        AcceptedJob job = dies(Failpoint.KEPT, "");
        Path picture = SpoolFolders.files(disk).stream()
                .filter(file -> file.toString().endsWith(".paid"))
                .findFirst()
                .orElseThrow();
        Files.write(picture, Arrays.copyOf(ScriptedModel.PICTURE, ScriptedModel.PICTURE.length / 2));

        finish(NO_NEED_TO_WAIT);

        assertThat(store.keys("assets/")).isEmpty();
        assertThat(fixture.entry(job)).isInstanceOf(LedgerEntry.Claimed.class);
        assertThat(SpoolFolders.files(diskLater)).isEmpty();
    }

    @Test
    void aPictureWithoutALedgerEntryIsDropped() {
        AcceptedJob job = dies(Failpoint.KEPT, "");
        store.delete(RunnerFixture.key(job));

        finish(NO_NEED_TO_WAIT);

        assertThat(store.keys("")).isEmpty();
        assertThat(SpoolFolders.files(diskLater)).isEmpty();
    }

    @Test
    void aKeptPictureWaitsWhileStorageIsUnavailable() {
        AcceptedJob job = dies(Failpoint.KEPT, "");
        store.failNextReads(2);
        store.failNextPutsBeforeWriting(3);
        List<Integer> filesWhileWaiting = new ArrayList<>();

        finish(_ -> filesWhileWaiting.add(SpoolFolders.files(diskLater).size()));

        assertThat(filesWhileWaiting).as("picture and note").containsExactly(2, 2, 2, 2, 2);
        assertThat(fixture.entry(job)).isInstanceOf(LedgerEntry.Rendered.class);
        assertThat(store.keys("assets/")).hasSize(1);
    }

    @Test
    void aDrainWhileStorageIsUnavailableLeavesThePictureToTheSuccessor() {
        AcceptedJob job = dies(Failpoint.KEPT, "");
        store.failNextPutsBeforeWriting(Integer.MAX_VALUE);

        finish(_ -> false);

        assertThat(SpoolFolders.files(diskLater)).hasSize(2);
        store.failNextPutsBeforeWriting(0);
        fixture.paid("worker-a/3", Spool.open(SpoolFolders.afterDeath(diskLater, diskAtLast)))
                .storeFromSpool(NO_NEED_TO_WAIT);
        assertThat(fixture.entry(job)).isInstanceOf(LedgerEntry.Rendered.class);
        assertThat(SpoolFolders.files(diskAtLast)).isEmpty();
    }

    /** The final update succeeded but its responses were lost: the worker recognises its own entry. */
    @Test
    void aFinalUpdateWithALostResponseCounts() {
        AcceptedJob job = dies(Failpoint.KEPT, "");
        store.failNextPutsAfterWriting(2);

        finish(_ -> true);

        assertThat(fixture.entry(job)).isInstanceOf(LedgerEntry.Rendered.class);
        assertThat(SpoolFolders.files(diskLater)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "[]", "{\"image\":", "{\"image\":null,\"lastWrite\":null}", "\u00ff"})
    void aDamagedNoteStaysAndTheOthersAreProcessed(String damage) throws IOException {
        AcceptedJob damaged = dies(Failpoint.KEPT, "'idempotencyKey':'damaged'");
        Path note = SpoolFolders.files(disk).stream()
                .filter(file -> file.toString().endsWith(".note"))
                .findFirst()
                .orElseThrow();
        Files.write(note, damage.getBytes(StandardCharsets.ISO_8859_1));
        AcceptedJob whole = dies(Failpoint.KEPT, "'idempotencyKey':'whole'");

        finish(NO_NEED_TO_WAIT);

        assertThat(fixture.entry(whole)).isInstanceOf(LedgerEntry.Rendered.class);
        assertThat(fixture.entry(damaged)).isInstanceOf(LedgerEntry.Claimed.class);
        assertThat(SpoolFolders.files(diskLater)).as("picture and note").hasSize(2);
    }

    @Test
    void duringAnHourWithoutStorageThePictureKeepsItsSlotAndNoCallIsMade() {
        var model = new ScriptedModel(spool, clock);
        int refusals = 1_800;
        List<Integer> slotsWhileWaiting = new ArrayList<>();
        fixture.storePause(wait -> {
            clock.advance(wait);
            slotsWhileWaiting.add(slots.used());
            assertThat(SpoolFolders.files(disk)).as("picture and note").hasSize(2);
            return true;
        });
        model.then(_ -> {
            store.failNextPutsBeforeWriting(refusals);
            return model.drawn(ScriptedModel.PICTURE);
        });

        JobResult result =
                fixture.runner("worker-a", spool, model, NO_NEED_TO_WAIT).run(fixture.job("", RECORD));

        assertThat(result)
                .isInstanceOfSatisfying(
                        JobResult.Outcome.class,
                        outcome -> assertThat(outcome.event())
                                .isInstanceOfSatisfying(
                                        RenderCompleted.class,
                                        event -> assertThat(event.latency().stored())
                                                .isGreaterThanOrEqualTo(
                                                        Duration.ofHours(1).toMillis())));
        assertThat(slotsWhileWaiting).hasSize(refusals).containsOnly(1);
        assertThat(model.calls()).hasSize(1);
        assertThat(slots.used()).isZero();
        assertThat(SpoolFolders.files(disk)).isEmpty();
    }

    /** Runs a worker that crashes at that point. */
    private AcceptedJob dies(Failpoint point, String fields) {
        AcceptedJob job = fixture.job(fields, RECORD);
        JobRunner runner = fixture.failpoints(Death.at(point))
                .runner("worker-a/1", spool, new ScriptedModel(spool, clock), NO_NEED_TO_WAIT);
        assertThatThrownBy(() -> runner.run(job)).isInstanceOf(Death.class);
        assertThat(fixture.entry(job)).isInstanceOf(LedgerEntry.Claimed.class);
        return job;
    }

    /** Starts the successor's recovery. */
    private void finish(Pause pause) {
        fixture.paid("worker-a/2", Spool.open(SpoolFolders.afterDeath(disk, diskLater)))
                .storeFromSpool(pause);
    }
}
