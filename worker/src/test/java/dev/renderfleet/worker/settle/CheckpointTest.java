package dev.renderfleet.worker.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.renderfleet.worker.TestSeed;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

    private static final long FIRST = 7_000_000_123L;

    @Test
    void nothingBeyondTheOffsetNeedsNoMetadata() throws ForeignMetadataException {
        var checkpoint = Checkpoints.of(List.of(), 42);

        assertThat(checkpoint.offset()).isEqualTo(42);
        assertThat(checkpoint.metadata()).isEmpty();
        assertThat(Checkpoint.read(42, "")).isEqualTo(checkpoint);
    }

    /** Kept for ever: what a fleet has committed with one version is read by the next. */
    @Test
    void theFormatStays() throws ForeignMetadataException {
        var runs = Checkpoints.of(List.of(10L, 11L, 15L), 300);
        assertThat(runs.metadata()).isEqualTo("rf2.AAIDAZwCqaKOxg");
        assertThat(Checkpoint.read(10, "rf2.AAIDAZwCqaKOxg")).isEqualTo(runs);

        var everyOther = new TreeSet<Long>();
        for (long record = 10; record < 50; record += 2) {
            everyOther.add(record);
        }
        var bits = Checkpoints.of(everyOther, 50);
        assertThat(bits.metadata()).isEqualTo("rf2.AVVVVVVV9oScDQ");
        assertThat(Checkpoint.read(10, "rf2.AVVVVVVV9oScDQ")).isEqualTo(bits);
    }

    @Test
    void whateverIsOpenComesBack() throws ForeignMetadataException {
        long seed = TestSeed.next();
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
        long seed = TestSeed.next();
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
            assertThat(Checkpoints.of(countFits, record).metadata().length())
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
        assertThat(Checkpoints.of(everyOther, FIRST + Checkpoint.SPAN_RECORDS_MAX)
                        .metadata())
                .hasSizeBetween(4_000, Checkpoint.METADATA_CHARS_MAX);

        var farApart = new TreeSet<Long>();
        for (int i = 0; i < Checkpoint.OPEN_RECORDS_MAX; i++) {
            farApart.add(FIRST + i * (1L << 34));
        }
        assertThat(Checkpoints.of(farApart, farApart.last() + (1L << 34)).metadata())
                .hasSizeBetween(4_000, Checkpoint.METADATA_CHARS_MAX);
        assertThat(Checkpoint.fits(Checkpoint.SPAN_RECORDS_MAX + 1, Checkpoint.OPEN_RECORDS_MAX + 1))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "committed by another program",
                "rf1.AAIDAZwC", // of an older version
                "rf2.",
                "rf2.AA",
                "rf2.!!!!",
                "rf2.AAIDAZwC",
                "rf2.AAIDAf______AQ"
            })
    void foreignMetadataIsRefused(String metadata) {
        assertThatThrownBy(() -> Checkpoint.read(10, metadata)).isInstanceOf(ForeignMetadataException.class);
    }

    /** Contents that no worker writes, with the right checksum. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0302039c02", // an unknown kind
                "000203019c", // ends within a number
                "0002039c", // ends with an open run
                "0002000102", // an empty run
                "000203ffffffffff01", // a number without end
                "0000039c02", // nothing is open at the offset
                "00fff0ffffff0f01", // billions of open records
                "01555555555555ff" // bits that runs would say shorter
            })
    void whatNobodyWritesIsRefused(String content) {
        byte[] bytes = HexFormat.of().parseHex(content);
        var crc = new CRC32C();
        crc.update(ByteBuffer.allocate(8).putLong(10).flip());
        crc.update(bytes);
        byte[] sealed = ByteBuffer.allocate(bytes.length + 4)
                .put(bytes)
                .putInt((int) crc.getValue())
                .array();
        String metadata = "rf2." + Base64.getUrlEncoder().withoutPadding().encodeToString(sealed);

        assertThatThrownBy(() -> Checkpoint.read(10, metadata)).isInstanceOf(ForeignMetadataException.class);
    }

    @Test
    void noDamageToATextIsEverRead() {
        long seed = TestSeed.next();
        var random = new Random(seed);
        String characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (int round = 0; round < 2_000; round++) {
            Checkpoint checkpoint = random(random, 2 + random.nextInt(200), random.nextDouble());
            String whole = checkpoint.metadata();
            String cut = whole.substring(0, 1 + random.nextInt(whole.length() - 1));
            var changed = new StringBuilder(whole);
            int at = random.nextInt(whole.length());
            do {
                changed.setCharAt(at, characters.charAt(random.nextInt(characters.length())));
            } while (changed.charAt(at) == whole.charAt(at));
            long elsewhere = checkpoint.offset() + (random.nextBoolean() ? 1 : -1) * random.nextLong(1, 1_001);

            assertRefused(checkpoint.offset(), cut, seed, round);
            assertRefused(checkpoint.offset(), changed.toString(), seed, round);
            assertRefused(elsewhere, whole, seed, round);
        }
    }

    /** The shortest text that says something: what is cut off a longer one looks like it. */
    @Test
    void aTextThatWasCutAtTheEndOfARunIsRefused() {
        var open = new TreeSet<Long>();
        LongStream.range(0, 300).forEach(open::add);
        LongStream.range(600, 900).forEach(open::add);
        String whole = Checkpoints.of(open, 1_200).metadata();

        for (int length = 1; length < whole.length(); length++) {
            assertRefused(0, whole.substring(0, length), 0, length);
        }
    }

    private static void assertRefused(long offset, String metadata, long seed, int round) {
        assertThatThrownBy(() -> Checkpoint.read(offset, metadata))
                .as("seed %d, round %d: %s", seed, round, metadata)
                .isInstanceOf(ForeignMetadataException.class);
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
        return span < 2 ? Checkpoints.of(List.of(), FIRST) : Checkpoints.of(open, FIRST + span);
    }
}
