package dev.renderfleet.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.EventParts.Attempt;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.worker.ledger.LedgerEntry;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Paid pictures and ledger updates while bucket or spool cannot be used. */
@Timeout(60)
class UnavailableStorageTest extends JobScenario {

    @Test
    void aPaidPictureIsKeptWhileStorageIsUnavailable() {
        AcceptedJob job = job("");
        model.then(_ -> {
            store.failNextPutsBeforeWriting(3);
            return model.drawn(ScriptedModel.PICTURE);
        });

        RenderCompleted event = completed(job);

        assertThat(model.calls()).hasSize(1);
        assertThat(storeWaits.waited).hasSize(3);
        assertThat(event.cost().usdMicros()).isEqualTo(DRAWN);
        assertThat(store.bytes(event.images().getFirst().key())).isEqualTo(ScriptedModel.PICTURE);
        assertThat(event.latency().stored())
                .isEqualTo(
                        storeWaits.waited.stream().mapToLong(Duration::toMillis).sum());
        assertThat(addsUp(event.latency())).isTrue();
    }

    /** A paid picture without disk space would be lost. */
    @Test
    void noCallIsMadeWithoutDiskSpaceForAPicture() {
        List<Integer> asked = new ArrayList<>();
        fixture.room(calls -> {
            asked.add(calls);
            return asked.size() > 2;
        });
        runner = runner("worker-a", waits);
        waits.during = () -> assertThat(store.keys("")).as("nothing is claimed").isEmpty();

        RenderCompleted event = completed(job(""));

        assertThat(asked).as("for the one call that would run").containsExactly(1, 1, 1);
        assertThat(waits.waited).hasSize(2);
        assertThat(model.calls()).hasSize(1);
        assertThat(event.attempts()).hasSize(1);
    }

    /** Fails no job and costs no call; the job goes on when the folder is repaired. */
    @Test
    void noCallIsMadeWhileTheSpoolCannotBeWritten() throws IOException {
        Path away = spoolFolder.resolve("away");
        Files.move(spool.folder(), away);
        fixture.room(spool::hasRoomFor);
        runner = runner("worker-a", waits);
        waits.during = () -> {
            assertThat(store.keys("")).as("nothing is claimed").isEmpty();
            if (waits.waited.size() == 3) {
                restoreSpool(away);
            }
        };

        RenderCompleted event = completed(job(""));

        assertThat(waits.waited).hasSize(3);
        assertThat(model.calls()).hasSize(1);
        assertThat(event.attempts()).hasSize(1);
    }

    /** As by an input error of its disk, which would lose the next picture too. */
    @Test
    void aPaidPictureThatCannotBeReadHoldsCallsUntilTheSpoolIsChecked() {
        fixture.room(spool::hasRoomFor);
        runner = runner("worker-a", waits);
        model.then(_ -> {
                    Drawn drawn = model.drawn(ScriptedModel.PICTURE);
                    drawn.pictures().getFirst().file().close();
                    return drawn;
                })
                .thenDraws(ScriptedModel.PICTURE);
        List<Integer> calls = new ArrayList<>();
        waits.during = () -> {
            calls.add(model.calls().size());
            if (waits.waited.size() == 3) {
                assertThat(spool.recheck(1)).isNull();
            }
        };

        RenderCompleted event = completed(job(""));

        assertThat(calls).as("calls during each wait").containsExactly(1, 1, 1);
        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("unknown_outcome", "drawn");
    }

    private void restoreSpool(Path away) {
        try {
            Files.move(away, spool.folder());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aPaidPictureIsKeptUntilTheFinalUpdateIsApplied() {
        beforeTheLedgerMoves = () -> store.failNextPutsBeforeWriting(2);

        RenderCompleted event = completed(job(""));

        assertThat(model.calls()).hasSize(1);
        assertThat(storeWaits.waited).hasSize(2);
        assertThat(event.replay()).isFalse();
    }

    /** The final update succeeded but its response was lost: the worker finds its own entry, which is no replay. */
    @Test
    void aFinalUpdateWithALostResponseIsRecognised() {
        AcceptedJob job = job("");
        beforeTheLedgerMoves = () -> store.failNextPutsAfterWriting(1);

        RenderCompleted event = completed(job);

        assertThat(model.calls()).hasSize(1);
        assertThat(event.replay()).isFalse();
        assertThat(event.cost().usdMicros()).isEqualTo(DRAWN);
        assertThat(entry(job)).isInstanceOf(LedgerEntry.Rendered.class);
    }

    @Test
    void unavailableStorageOnClaimMakesTheJobWaitWithoutSlotAndCall() {
        List<Integer> slotsWhileWaiting = new ArrayList<>();
        waits.during = () -> {
            slotsWhileWaiting.add(slots.used());
            assertThat(model.calls()).isEmpty();
        };
        store.failNextPutsBeforeWriting(3);

        RenderCompleted event = completed(job(""));

        assertThat(waits.waited).hasSize(3).allSatisfy(wait -> assertThat(wait).isPositive());
        assertThat(slotsWhileWaiting).containsExactly(0, 0, 0);
        assertThat(event.attempts()).hasSize(1);
        assertThat(event.cost().usdMicros()).isEqualTo(DRAWN);
    }

    /** No call was made, so none is recorded and the claim is released. */
    @Test
    void unavailableStorageForReferencesCostsNothing() {
        store.putBytes("inputs/acme/shoe.png", ScriptedModel.PICTURE);
        store.failNextReads(1);

        RenderCompleted event =
                completed(job("'references':[{'uri':'s3://renderfleet/inputs/acme/shoe.png','role':'product'}]"));

        assertThat(event.attempts()).extracting(Attempt::outcome).containsExactly("drawn");
        assertThat(waits.waited.stream().mapToLong(Duration::toSeconds).sum()).isLessThan(30);
    }
}
