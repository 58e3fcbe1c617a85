package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

    private static final long FIRST = 7_000_000_123L;

    @Test
    void nothingBeyondTheOffsetNeedsNoMetadata() throws ForeignMetadataException {
        var checkpoint = new Checkpoint(new TreeSet<>(), 42);

        assertThat(checkpoint.offset()).isEqualTo(42);
        assertThat(checkpoint.metadata()).isEmpty();
        assertThat(Checkpoint.read(42, "")).isEqualTo(checkpoint);
    }

    /** Kept for ever: what a fleet has committed with one version is read by the next. */
    @Test
    void theFormatStays() throws ForeignMetadataException {
        var runs = new Checkpoint(new TreeSet<>(List.of(10L, 11L, 15L)), 300);
        assertThat(runs.metadata()).isEqualTo("rf1.AAIDAZwC");
        assertThat(Checkpoint.read(10, "rf1.AAIDAZwC")).isEqualTo(runs);

        var everyOther = new TreeSet<Long>();
        for (long record = 10; record < 50; record += 2) {
            everyOther.add(record);
        }
        var bits = new Checkpoint(everyOther, 50);
        assertThat(bits.metadata()).isEqualTo("rf1.AVVVVVVV");
        assertThat(Checkpoint.read(10, "rf1.AVVVVVVV")).isEqualTo(bits);
    }

    @Test
    void whateverIsOpenComesBack() throws ForeignMetadataException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            Checkpoint checkpoint = random(random, 1 + random.nextInt(3_000), random.nextDouble());

            assertThat(Checkpoint.read(checkpoint.offset(), checkpoint.metadata()))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(checkpoint);
        }
    }

    /** The bound under which records are taken is the bound under which they can be written down, whatever finishes. */
    @Test
    void whatFitsIsNeverTooLong() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            var spanFits = random(random, Checkpoint.SPAN_RECORDS_MAX, random.nextDouble());
            var countFits = new TreeSet<Long>();
            long record = FIRST;
            for (int i = 0; i < Checkpoint.OPEN_RECORDS_MAX; i++) {
                countFits.add(record);
                record += 2 + random.nextLong(1L << (1 + random.nextInt(34)));
            }

            assertThat(spanFits.metadata().length())
                    .as("seed %d, round %d", seed, round)
                    .isLessThanOrEqualTo(Checkpoint.METADATA_CHARS_MAX);
            assertThat(new Checkpoint(countFits, record).metadata().length())
                    .as("seed %d, round %d", seed, round)
                    .isLessThanOrEqualTo(Checkpoint.METADATA_CHARS_MAX);
        }
    }

    @Test
    void theWorstThatFitsStillFits() {
        var everyOther = new TreeSet<Long>();
        for (long record = FIRST; record < FIRST + Checkpoint.SPAN_RECORDS_MAX; record += 2) {
            everyOther.add(record);
        }
        assertThat(new Checkpoint(everyOther, FIRST + Checkpoint.SPAN_RECORDS_MAX).metadata())
                .hasSizeBetween(4_000, Checkpoint.METADATA_CHARS_MAX);

        var farApart = new TreeSet<Long>();
        for (int i = 0; i < Checkpoint.OPEN_RECORDS_MAX; i++) {
            farApart.add(FIRST + i * (1L << 34));
        }
        assertThat(new Checkpoint(farApart, farApart.last() + (1L << 34)).metadata())
                .hasSizeBetween(4_000, Checkpoint.METADATA_CHARS_MAX);
        assertThat(Checkpoint.fits(Checkpoint.SPAN_RECORDS_MAX + 1, Checkpoint.OPEN_RECORDS_MAX + 1))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "committed by somebody else",
                "rf2.AAIDAZwC",
                "rf1.",
                "rf1.!!!!",
                "rf1.AwIDAZwC",
                "rf1.AAIDAZw",
                "rf1.AAIDAZyc",
                "rf1.AAIDAf______AQ",
                "rf1.AAADAZwC",
                "rf1.AP____________8B",
                "rf1.AVVVVVVVVf8"
            })
    void damagedOrForeignMetadataIsRefused(String metadata) {
        assertThatThrownBy(() -> Checkpoint.read(10, metadata)).isInstanceOf(ForeignMetadataException.class);
    }

    @Test
    void noDamageToATextIsEverRead() throws ForeignMetadataException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            Checkpoint checkpoint = random(random, 2 + random.nextInt(200), 0.5);
            String cut = checkpoint.metadata();
            cut = cut.substring(0, random.nextInt(cut.length() + 1));
            try {
                assertThat(Checkpoint.read(checkpoint.offset(), cut).metadata())
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo(cut);
            } catch (ForeignMetadataException refused) {
                assertThat(refused).hasMessageContaining("metadata");
            }
        }
    }

    /** The first record is open and the last one settled, as after trimming. */
    private static Checkpoint random(RandomGenerator random, int span, double density) {
        var open = new TreeSet<Long>();
        open.add(FIRST);
        for (long record = FIRST + 1; record < FIRST + span - 1; record++) {
            if (random.nextDouble() < density) {
                open.add(record);
            }
        }
        return span < 2 ? new Checkpoint(new TreeSet<>(), FIRST) : new Checkpoint(open, FIRST + span);
    }
}
