package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.worker.TestSeed;
import dev.renderfleet.worker.settle.PartitionProgress.Admission;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PartitionProgressTest {

    private static final Checkpoint NOTHING = Checkpoints.of(List.of(), 0);

    @Test
    void commitsUpToTheFirstGapAndTellsWhatIsSettledBeyond() {
        var progress = new PartitionProgress(NOTHING);
        for (long offset = 0; offset < 6; offset++) {
            assertThat(progress.admit(offset)).isEqualTo(Admission.ADMITTED);
        }

        Checkpoint checkpoint = progress.after(List.of(0L, 1L, 3L));

        assertThat(checkpoint.offset()).isEqualTo(2);
        assertThat(checkpoint).isEqualTo(Checkpoints.of(List.of(2L), 4));
    }

    /** A record that finds no room elsewhere is offered again. */
    @Test
    void theLastRecordMayBeAskedAboutAgain() {
        var progress = new PartitionProgress(Checkpoints.of(List.of(2L, 5L), 7));
        for (int i = 0; i < 2; i++) {
            assertThat(progress.admit(2)).isEqualTo(Admission.ADMITTED);
        }
        assertThat(progress.admit(5)).isEqualTo(Admission.ADMITTED);
        for (int i = 0; i < 2; i++) {
            assertThat(progress.admit(7)).isEqualTo(Admission.ADMITTED);
        }

        assertThat(progress.after(List.of(7L))).isEqualTo(Checkpoints.of(List.of(2L, 5L), 8));
    }

    @Test
    void whatWasNotCommittedIsStillOpen() {
        var progress = new PartitionProgress(NOTHING);
        progress.admit(0);
        progress.admit(1);

        progress.after(List.of(0L));

        assertThat(progress.after(List.of()).offset()).isZero();
        progress.settled(List.of(0L));
        assertThat(progress.after(List.of()).offset()).isEqualTo(1);
    }

    @Test
    void aSuccessorSkipsWhatIsSettledAndTakesWhatIsOpen() {
        var progress = new PartitionProgress(Checkpoints.of(List.of(2L, 5L), 7));

        List<Admission> arrivals = new ArrayList<>();
        for (long offset = 2; offset < 9; offset++) {
            arrivals.add(progress.admit(offset));
        }

        assertThat(arrivals)
                .containsExactly(
                        Admission.ADMITTED,
                        Admission.SETTLED,
                        Admission.SETTLED,
                        Admission.ADMITTED,
                        Admission.SETTLED,
                        Admission.ADMITTED,
                        Admission.ADMITTED);
    }

    /** Markers of transactions, and records that retention or compaction removed, leave holes. */
    @Test
    void holesAreNoGaps() {
        var progress = new PartitionProgress(Checkpoints.of(List.of(2L, 4L), 6));

        assertThat(progress.admit(8)).isEqualTo(Admission.ADMITTED);

        assertThat(progress.after(List.of(8L)).offset())
                .as("2 and 4 did not come")
                .isEqualTo(9);
    }

    @Test
    void markersAfterTheLastRecordAreSteppedOverOnceNothingIsOpen() {
        var progress = new PartitionProgress(Checkpoints.of(List.of(), 5));
        progress.admit(5);
        assertThat(progress.reached(8)).as("5 is open").isFalse();
        assertThat(progress.after(List.of(5L))).isEqualTo(Checkpoints.of(List.of(), 8));
        progress.settled(List.of(5L));
        assertThat(progress.reached(8)).as("committed with the record").isFalse();

        assertThat(progress.reached(9)).isTrue();
        assertThat(progress.reached(9)).as("not committed yet").isTrue();
        assertThat(progress.after(List.of())).isEqualTo(Checkpoints.of(List.of(), 9));
        progress.settled(List.of());
        assertThat(progress.reached(9)).as("committed").isFalse();
        assertThat(progress.admit(9)).isEqualTo(Admission.ADMITTED);
    }

    @Test
    void openRecordsThatTheConsumerHasPassedWithoutSeeingThemAreDeletedOnes() {
        var progress = new PartitionProgress(Checkpoints.of(List.of(2L, 4L), 7));
        progress.admit(2);
        progress.settled(List.of(2L));

        assertThat(progress.reached(7)).isTrue();

        assertThat(progress.after(List.of())).isEqualTo(Checkpoints.of(List.of(), 7));
    }

    @Test
    void manyOpenRecordsThatRetentionRemovedTakeNoRoom() {
        var open = new TreeSet<Long>();
        for (long offset = 0; offset < 2L * Checkpoint.OPEN_RECORDS_MAX; offset += 2) {
            open.add(offset);
        }
        var progress = new PartitionProgress(Checkpoints.of(open, 2L * Checkpoint.OPEN_RECORDS_MAX));

        assertThat(progress.admit(10L * Checkpoint.SPAN_RECORDS_MAX)).isEqualTo(Admission.ADMITTED);
    }

    @Test
    void takesNoMoreThanCanBeWrittenDown() {
        var progress = new PartitionProgress(NOTHING);
        long offset = 0;
        while (progress.admit(offset) == Admission.ADMITTED) {
            offset++;
        }
        assertThat(offset).isEqualTo(Checkpoint.SPAN_RECORDS_MAX);

        // All but the first and a few are settled: far more may come, but not without end.
        var settled = new ArrayList<Long>();
        for (long record = Checkpoint.OPEN_RECORDS_MAX - 1; record < offset; record++) {
            settled.add(record);
        }
        progress.settled(settled);
        assertThat(progress.admit(offset)).isEqualTo(Admission.ADMITTED);
        assertThat(progress.admit(offset + 1)).isEqualTo(Admission.FULL);
        progress.settled(List.of(3L));
        assertThat(progress.admit(offset + 1)).isEqualTo(Admission.ADMITTED);
    }

    /** Markers and deleted records are stepped over only as far as the open records before them can be written down. */
    @Test
    void theEndMovesNoFurtherThanCanBeWrittenDown() {
        var progress = new PartitionProgress(NOTHING);
        var settled = new ArrayList<Long>();
        for (long offset = 0; offset < Checkpoint.SPAN_RECORDS_MAX; offset++) {
            assertThat(progress.admit(offset)).isEqualTo(Admission.ADMITTED);
            if (offset % 8 != 0) {
                settled.add(offset);
            }
        }
        progress.settled(settled);
        int open = Checkpoint.SPAN_RECORDS_MAX / 8;
        assertThat(open).isGreaterThan(Checkpoint.OPEN_RECORDS_MAX);

        assertThat(progress.reached(10L * Checkpoint.SPAN_RECORDS_MAX)).isFalse();

        assertThat(progress.after(List.of(8L)).metadata()).hasSizeLessThanOrEqualTo(Checkpoint.METADATA_CHARS_MAX);
        progress.settled(LongStream.range(0, open).mapToObj(each -> 8 * each).toList());
        assertThat(progress.reached(10L * Checkpoint.SPAN_RECORDS_MAX)).isTrue();
    }

    /** The reader of deferred records finds it deleted, on a thread of its own. */
    @Test
    void aRecordDeletedDuringATransactionThatFailsIsNotCommitted() {
        var progress = new PartitionProgress(NOTHING);
        progress.admit(0);
        progress.admit(1);

        progress.after(List.of(0L, 1L));
        progress.deleted(1);
        progress.deleted(0);

        assertThat(progress.reached(2)).as("not committed").isTrue();
    }

    /** A row of owners, each dying at a random moment, with some settlements lost: each record is taken until it is settled, never after. */
    @Test
    void overManyOwnersEachRecordIsSettledOnce() throws ForeignMetadataException {
        long seed = TestSeed.next();
        var random = new Random(seed);
        int records = 1_000;
        Set<Long> holes = new HashSet<>();
        for (long record = 0; record < records; record++) {
            if (random.nextInt(10) == 0) {
                holes.add(record);
            }
        }
        Set<Long> settled = new HashSet<>();
        long committedOffset = 0;
        String committedMetadata = "";
        int owners = 0;
        while (settled.size() < records - holes.size()) {
            assertThat(++owners).as("owners, seed %d", seed).isLessThan(10_000);
            var progress = new PartitionProgress(Checkpoint.read(committedOffset, committedMetadata));
            List<Long> inHand = new ArrayList<>();
            long position = committedOffset;
            int steps = 1 + random.nextInt(200);
            for (int step = 0; step < steps; step++) {
                while (position < records && inHand.size() < 50) {
                    if (!holes.contains(position)) {
                        Admission arrival = progress.admit(position);
                        assertThat(arrival == Admission.ADMITTED)
                                .as("record %d, seed %d", position, seed)
                                .isEqualTo(!settled.contains(position));
                        if (arrival == Admission.ADMITTED) {
                            inHand.add(position);
                        }
                    }
                    position++;
                }
                Collections.shuffle(inHand, random);
                List<Long> group = List.copyOf(inHand.subList(0, Math.min(inHand.size(), random.nextInt(5))));
                Checkpoint checkpoint = progress.after(group);
                if (random.nextInt(4) > 0) {
                    progress.settled(group);
                    settled.addAll(group);
                    inHand.removeAll(group);
                    committedOffset = checkpoint.offset();
                    committedMetadata = checkpoint.metadata();
                }
            }
        }
    }
}
